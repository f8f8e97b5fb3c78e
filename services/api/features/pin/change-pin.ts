import { Type } from 'typebox'
import { type Conversation, isRecipient, openedFor } from '#shared/domain/conversation/conversation-state.ts'
import { AuditAction } from '#shared/domain/guild/audit-log.ts'
import type { GuildChannel } from '#shared/domain/guild/entities.ts'
import {
  isSystemMessage,
  type MessageReference,
  MessageType,
  type StoredMessage,
} from '#shared/domain/message/stored-message.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import type { User } from '#shared/domain/user/user.ts'
import { asSnowflake, snowflakeTime } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, type HttpRequest, Snowflake } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import { writeConversation } from '#shared/store/conversation-writer.ts'
import type { Tx } from '#shared/store/database.ts'
import { newIds } from '#shared/store/guild-store.ts'
import { insertNotice, type Notice } from '#shared/store/notices.ts'
import { addPin, removePins } from '#shared/store/pins.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { plainMessage } from '../../messages/message-creation.ts'
import { referenceTo } from '../../messages/message-reference.ts'
import { sayNotice } from '../../messages/notices.ts'
import { toApi } from '../../relational-refusals.ts'
import { type ChannelScope, isBlockedIn, may } from '../../scope.ts'
import { manageableChannel } from '../channel/channel-manager.ts'
import { forgetDeleted } from './forget-deleted.ts'

/** `messages/pins` is today's path, `pins` that of older clients. */
export type PinPath = 'messages/pins' | 'pins'

const params = Type.Object({ channel_id: Snowflake, message_id: Snowflake })
type Request = HttpRequest<{ params: typeof params }>

/** PUT /channels/{channel_id}/messages/pins/{message_id}: what is pinned already stays where it is. */
export const pinMessage = (deps: ApiDeps, path: PinPath) =>
  endpoint({
    method: 'PUT',
    path: `/channels/:channel_id/${path}/:message_id`,
    tag: 'pins',
    summary: path === 'pins' ? 'Pin message (deprecated)' : 'Pin message',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params },
    handle: (request) => changePin(deps, request, true),
  })

/** DELETE /channels/{channel_id}/messages/pins/{message_id}: what is not pinned is no error. */
export const unpinMessage = (deps: ApiDeps, path: PinPath) =>
  endpoint({
    method: 'DELETE',
    path: `/channels/:channel_id/${path}/:message_id`,
    tag: 'pins',
    summary: path === 'pins' ? 'Unpin message (deprecated)' : 'Unpin message',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params },
    handle: (request) => changePin(deps, request, false),
  })

async function changePin(deps: ApiDeps, request: Request, pins: boolean): Promise<Result<void, ApiError>> {
  const { params, facts, caller } = request
  const scope = await deps.scopes.textChannel(facts)
  if (!scope.ok) return scope
  if (!may(scope.value, Permission.PIN_MESSAGES)) return refuse('MISSING_PERMISSIONS')
  if (await isBlockedIn(deps.database.db, scope.value, caller.id)) return refuse('CANNOT_MESSAGE_USER')
  const target = {
    aggregate: scope.value.aggregate,
    channelId: params.channel_id,
    messageId: params.message_id,
    viewer: caller.id,
  }
  const message = await deps.changes.read(target)
  if (!message.ok) return message
  if (isSystemMessage(message.value.type)) return refuse('SYSTEM_MESSAGE')
  let changed = await commit(deps, request, scope.value, message.value, pins)
  if (!changed.ok && changed.error.code === 'TOO_MANY_PINS' && (await forgetDeleted(deps, target)))
    changed = await commit(deps, request, scope.value, message.value, pins)
  if (!changed.ok) return changed
  if (changed.value) await sayNotice(deps, changed.value)
  return ok(undefined)
}

type Outcome = Result<Notice | null, ApiError>

/** The row of the pin, the link that tells of it, and what is to be said of it; null: nothing changes. */
async function commit(
  deps: ApiDeps,
  request: Request,
  scope: ChannelScope,
  message: StoredMessage,
  pins: boolean,
): Promise<Outcome> {
  const { facts, caller, params } = request
  const { channel_id, message_id } = params
  const change = { pins, message, caller, reference: referenceTo(message, scope) }
  if (scope.kind === 'conversation') {
    const written = await writeConversation(
      deps.database.db,
      deps.appender,
      channel_id,
      async (tx): Promise<Outcome> => {
        const { conversation } = tx
        if (!isRecipient({ conversation }, caller.id)) return refuse('MISSING_ACCESS')
        const changed = await changeRow(tx.tx, conversation, change)
        if (!changed.ok) return changed
        if (!changed.value) return ok(null)
        const { notice, last_pin_timestamp } = changed.value
        const d = { channel_id, last_pin_timestamp }
        const open = notice.message ? openedFor(conversation) : conversation
        await tx.emit('CHANNEL_PINS_UPDATE', { ...open, last_pin_timestamp }, d)
        return ok(notice)
      },
    )
    return toApi(written)
  }
  const { guildId } = scope
  const written = await deps.guilds.write(guildId, async (tx): Promise<Outcome> => {
    const ids = { userId: caller.id, channelId: channel_id }
    const found = await manageableChannel(tx, ids, Permission.PIN_MESSAGES, facts.now)
    if (!found.ok) return found
    const { channel } = found.value
    const changed = await changeRow(tx.tx, channel, change)
    if (!changed.ok) return changed
    if (!changed.value) return ok(null)
    const { notice, last_pin_timestamp } = changed.value
    await tx.emit({
      type: 'CHANNEL_PINS_UPDATE',
      changes: [{ kind: 'channel', id: channel_id, value: { ...channel, last_pin_timestamp } }],
      d: { guild_id: guildId, channel_id, last_pin_timestamp },
      channelId: channel_id,
    })
    const action_type = pins ? AuditAction.MESSAGE_PIN : AuditAction.MESSAGE_UNPIN
    const options = { channel_id, message_id }
    await tx.audit(auditActor(request), [{ action_type, target_id: message.author.id, options }])
    return ok(notice)
  })
  return toApi(written)
}

interface Change {
  readonly pins: boolean
  readonly message: StoredMessage
  readonly caller: User
  readonly reference: MessageReference
}

/** Times of pins grow within a channel, so that pages have a place to go on from. */
async function changeRow(
  tx: Tx,
  { id: channel_id, last_pin_timestamp }: Pick<GuildChannel | Conversation, 'id' | 'last_pin_timestamp'>,
  { pins, message, caller, reference }: Change,
): Promise<Result<{ notice: Notice; last_pin_timestamp: string | null } | null, ApiError>> {
  const [id] = (await newIds(tx, 1)) as [string]
  const now = snowflakeTime(asSnowflake(id))
  if (!pins) {
    if ((await removePins(tx, channel_id, [message.id])) === 0) return ok(null)
    const notice = { id, channel_id, pin_id: message.id, message: null }
    await insertNotice(tx, notice)
    return ok({ notice, last_pin_timestamp })
  }
  const last = last_pin_timestamp === null ? 0 : Date.parse(last_pin_timestamp)
  const pinnedAt = Math.max(now, last + 1)
  const added = await addPin(tx, channel_id, { messageId: message.id, pinnedAt })
  if (added === 'full') return refuse('TOO_MANY_PINS')
  if (added === 'there') return ok(null)
  const written = plainMessage({
    id,
    channel_id,
    author: userObject(caller) as unknown as StoredMessage['author'],
    timestamp: timestamp(now),
    type: MessageType.PINNED,
    message_reference: reference,
  })
  const notice = { id, channel_id, pin_id: message.id, message: written }
  await insertNotice(tx, notice)
  return ok({ notice, last_pin_timestamp: timestamp(pinnedAt) })
}
