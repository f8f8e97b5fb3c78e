import {
  isSystemMessage,
  type MessageSnapshot,
  ReferenceType,
  type StoredMessage,
} from '#shared/domain/message/stored-message.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse, refuseField } from '#shared/platform/http/api-error.ts'
import type { HttpRequest } from '#shared/platform/http/endpoint.ts'
import { readRequestFacts } from '#shared/store/request-facts.ts'
import type { ApiDeps } from '../deps.ts'
import { may } from '../scope.ts'
import { withoutMembers } from './mentioned.ts'
import { referenceTo } from './message-reference.ts'

export type Forward = Required<Pick<StoredMessage, 'message_reference' | 'message_snapshots'>>

/**
 * What a forward carries of a message that the caller may read, in whatever channel: a copy as it is now. A forward
 * that is forwarded is still of the first message.
 */
export async function readForward(
  deps: ApiDeps,
  { tokenHash, caller }: Pick<HttpRequest, 'tokenHash' | 'caller'>,
  source: { readonly channelId: string; readonly messageId: string },
): Promise<Result<Forward, ApiError>> {
  const query = { tokenHash, channelId: source.channelId, guildId: null, attempt: null }
  const facts = await readRequestFacts(deps.database.pool, query)
  const scope = facts ? await deps.scopes.textChannel(facts) : refuse('UNAUTHORIZED')
  if (!scope.ok) return scope
  if (!may(scope.value, Permission.READ_MESSAGE_HISTORY)) return refuse('CANNOT_FORWARD')
  const read = await deps.changes.read({ ...source, aggregate: scope.value.aggregate, viewer: caller.id })
  if (!read.ok && read.error.code === 'UNKNOWN_MESSAGE')
    return refuseField(['message_reference'], 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message')
  if (!read.ok) return read
  const message = read.value
  if (isSystemMessage(message.type)) return refuse('SYSTEM_MESSAGE')
  if (!(await deps.presenter.mayRead(message, caller))) return refuse('CANNOT_FORWARD')
  const { message_reference: reference, message_snapshots: snapshots } = message
  if (reference?.type === ReferenceType.FORWARD && snapshots)
    return ok({ message_reference: reference, message_snapshots: snapshots })
  return ok({
    message_reference: { ...referenceTo(message, scope.value), type: ReferenceType.FORWARD },
    message_snapshots: [{ message: snapshotOf(message) }],
  })
}

/** Whoever forwards something says nothing of his own in the same message. */
export const refuseBesideForward = () =>
  refuseField(['message_reference'], 'MESSAGE_FORWARD_ALONE', 'A forward has nothing beside it.')

const snapshotOf = (message: StoredMessage): MessageSnapshot['message'] => ({
  type: message.type,
  content: message.content,
  mentions: withoutMembers(message.mentions),
  mention_roles: message.mention_roles,
  attachments: message.attachments,
  embeds: message.embeds,
  timestamp: message.timestamp,
  edited_timestamp: message.edited_timestamp,
  flags: message.flags,
  components: message.components,
})
