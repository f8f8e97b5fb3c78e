import type { Member } from '#shared/domain/guild/entities.ts'
import type { MessageEdit, StoredMessage } from '#shared/domain/message/stored-message.ts'
import { memberWithoutUser } from '#shared/protocol/wire/guild.ts'
import { readPinned } from '#shared/store/pins.ts'
import type { ApiDeps } from '../deps.ts'
import type { Place } from '../scope.ts'
import { withMembers, withoutMembers } from './mentioned.ts'
import type { MessageDecision } from './message-changes.ts'

/**
 * MESSAGE_UPDATE of a message as it is with the edit. Whether it is pinned is read only here, after the message: who
 * changes that meanwhile appends an update of his own behind this one, or this one is decided again.
 * @param author left out: he has left, or there is no guild
 * @param mentioned memberships of those whom the edit mentions
 */
export async function messageUpdate(
  { database, presenter }: Pick<ApiDeps, 'database' | 'presenter'>,
  { aggregate, channelType }: Place,
  message: StoredMessage,
  edit: MessageEdit,
  author: Member | undefined,
  mentioned: readonly Member[] = [],
): Promise<MessageDecision> {
  const edited = { ...message, ...edit }
  const pinned = await readPinned(database.db, [message])
  return {
    type: 'MESSAGE_UPDATE',
    facts: {
      channel_id: message.channel_id,
      message_id: message.id,
      author_id: message.author.id,
      mentions: edited.mentions.map((user) => user.id),
      delta: edit,
      ...(message.referenced_message ? { replied_to_user_id: message.referenced_message.author.id } : {}),
    },
    d: JSON.stringify({
      // Reactions say whether they are the caller's own: that is for nobody else.
      ...presenter.one({ ...edited, reactions: [] }, pinned.has(message.id)),
      mentions: withMembers(withoutMembers(edited.mentions), mentioned),
      ...(aggregate.kind === 'guild' ? { guild_id: aggregate.id } : {}),
      ...(author ? { member: memberWithoutUser(author) } : {}),
      channel_type: channelType,
    }),
  }
}
