import type { MessageReference, StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { ChannelScope } from '../scope.ts'

/** What replies and notices of pins name their message by. */
export const referenceTo = (target: StoredMessage, scope: ChannelScope): MessageReference => ({
  type: 0,
  message_id: target.id,
  channel_id: target.channel_id,
  ...(scope.kind === 'guild_channel' ? { guild_id: scope.guildId } : {}),
})
