import type { Conversation } from '#shared/domain/conversation/conversation-state.ts'
import { ChannelType } from '#shared/domain/guild/entities.ts'
import { userObject } from './user.ts'

/** A direct or group channel as one of its people sees it: `recipients` are the others. */
export const conversationObject = (
  conversation: Conversation,
  viewer: string,
  lastMessageId: string | null,
) => ({
  id: conversation.id,
  type: conversation.type,
  flags: 0,
  last_message_id: lastMessageId,
  last_pin_timestamp: conversation.last_pin_timestamp,
  recipients: conversation.recipients.filter((user) => user.id !== viewer).map(userObject),
  ...(conversation.type === ChannelType.GROUP_DM
    ? { name: conversation.name, icon: conversation.icon, owner_id: conversation.owner_id }
    : {}),
})
