import { Type } from 'typebox'
import {
  isSystemMessage,
  MessageFlag,
  MessageType,
  ReferenceType,
  type StoredMessage,
} from '#shared/domain/message/stored-message.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { asSnowflake, snowflakeTime } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, type HttpRequest, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { RequestFacts } from '#shared/ports/request-facts.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import { readRequestFacts } from '#shared/store/request-facts.ts'
import { takeSlowModeTurn } from '#shared/store/slow-mode.ts'
import type { ApiDeps } from '../../deps.ts'
import { type Forward, readForward, refuseBesideForward } from '../../messages/forward.ts'
import { readEmbeds, resolveMentions } from '../../messages/message-content.ts'
import { plainMessage } from '../../messages/message-creation.ts'
import { bringsFiles } from '../../messages/message-files.ts'
import { referenceTo } from '../../messages/message-reference.ts'
import { type ChannelScope, isBlockedIn, isTooNew, may, placeOf } from '../../scope.ts'
import { reopenConversation } from '../conversation/close-conversation.ts'
import { CreateMessageBody } from './message-body.ts'

/** A permission statement older than this is made again before the message is committed. */
const FACTS_GOOD_FOR_MS = 2_000
/** Whoever gets no statement in time for so long has lost his client. */
const FACTS_TRIED_FOR_MS = 15_000
const TAKEN_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS

/** POST /channels/{channel_id}/messages */
export const createMessage = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/channels/:channel_id/messages',
    tag: 'messages',
    summary: 'Create message',
    access: 'verified',
    bucket: Buckets.messages,
    files: true,
    creates: true,
    schema: { params: Type.Object({ channel_id: Snowflake }), body: CreateMessageBody },
    handle: async (request) => {
      const { body, files, facts, factsAskedAt, caller, attempt, tokenHash, params } = request
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      const withFiles = bringsFiles(files, body.attachments)
      const forwarded = body.message_reference?.type === ReferenceType.FORWARD ? body.message_reference : null
      const repliedTo = forwarded ? null : body.message_reference
      const wants = { files: withFiles, reply: Boolean(repliedTo), embeds: Boolean(body.embeds?.length) }
      const allowed = maySend(scope.value, facts, wants)
      if (!allowed.ok) return allowed
      if (await isBlockedIn(deps.database.db, scope.value, caller.id)) return refuse('CANNOT_MESSAGE_USER')
      const content = (body.content ?? '').trim()
      const embeds = readEmbeds(body.embeds)
      if (!embeds.ok) return embeds
      const empty = content === '' && embeds.value.length === 0 && !withFiles
      if (empty && !forwarded) return refuse('EMPTY_MESSAGE')
      if (!empty && forwarded) return refuseBesideForward()
      const forward = await forwardOf(deps, request, forwarded)
      if (!forward.ok) return forward
      const reply = await readReply(deps, scope.value, repliedTo, caller.id)
      if (!reply.ok) return reply
      const mentions = await resolveMentions(
        deps.database.db,
        scope.value,
        content,
        body.allowed_mentions,
        reply.value?.author.id,
      )
      if (!mentions.ok) return mentions
      const id = facts.attemptedId ?? facts.newId
      const nonceId =
        body.enforce_nonce && body.nonce != null
          ? `n:${caller.id}:${params.channel_id}:${body.nonce}`
          : undefined
      const found = await deps.files.find(files, body.attachments, {
        channelId: params.channel_id,
        userId: caller.id,
        by: nonceId ?? `m:${id}`,
      })
      if (!found.ok) return found
      // A repeat of an attempt that ended in 503 has had its turn.
      const slowMode = facts.attemptedId ? null : slowModeOf(scope.value, caller.bot)
      // So has one by nonce: it is answered whatever the turn.
      const repeated = slowMode && nonceId && (await deps.creation.repeated(scope.value.aggregate, nonceId))
      if (repeated) return repeated.ok ? repeated : refuse('OVERLOADED')
      const waits = await takeSlowModeTurn(deps.database.pool, slowMode, caller.id)
      if (waits > 0) return refuse('SLOWMODE', waits)
      const attachments = await deps.files.keep(found.value).catch(async (error) => {
        // Slow mode has had its turn, and uploads may be claimed for this message: a repeat goes on with it.
        if (attempt) await deps.attempts.remember({ callerId: caller.id, ...attempt, id })
        throw error
      })
      if (!attachments.ok) return attachments
      const since = deps.clock.monotonic()
      for (let askedAt = factsAskedAt; deps.clock.monotonic() - askedAt > FACTS_GOOD_FOR_MS; ) {
        if (deps.clock.monotonic() - since > FACTS_TRIED_FOR_MS) return refuse('OVERLOADED')
        askedAt = deps.clock.monotonic()
        const again = await readRequestFacts(deps.database.pool, {
          tokenHash,
          channelId: params.channel_id,
          guildId: null,
          attempt: null,
        })
        if (!again) return refuse('UNAUTHORIZED')
        const stillThere = await deps.scopes.textChannel(again)
        if (!stillThere.ok) return stillThere
        const still = maySend(stillThere.value, again, wants)
        if (!still.ok) return still
      }

      const message = plainMessage({
        id,
        channel_id: params.channel_id,
        author: userObject(caller) as unknown as StoredMessage['author'],
        timestamp: timestamp(snowflakeTime(asSnowflake(id))),
        type: reply.value ? MessageType.REPLY : MessageType.DEFAULT,
        content,
        tts: body.tts === true && may(scope.value, Permission.SEND_TTS_MESSAGES),
        embeds: embeds.value,
        attachments: attachments.value,
        flags: ((body.flags ?? 0) & TAKEN_FLAGS) | (forwarded ? MessageFlag.HAS_SNAPSHOT : 0),
        ...forward.value,
        ...mentions.value.fields,
        ...(body.nonce == null ? {} : { nonce: body.nonce }),
        ...(reply.value ? { message_reference: referenceTo(reply.value, scope.value) } : {}),
      })
      const isClosed = scope.value.kind === 'conversation' && scope.value.conversation.closed_by
      const opened = isClosed ? await reopenConversation(deps, params.channel_id) : ok(null)
      const created = opened.ok
        ? await deps.creation.create({
            ...placeOf(scope.value),
            message,
            member: scope.value.kind === 'guild_channel' ? scope.value.member : null,
            ...(reply.value ? { referenced: await deps.presenter.referenced(reply.value) } : {}),
            ...(nonceId === undefined ? {} : { nonceId }),
            mentioned: mentions.value.members,
          })
        : opened
      if (created.ok && caller.bot && reply.value)
        return ok({
          ...created.value,
          referenced_message: await deps.presenter.referencedTo(reply.value, caller),
        })
      if (created.ok) return ok(created.value)
      if (attempt) await deps.attempts.remember({ callerId: caller.id, ...attempt, id })
      return refuse('OVERLOADED')
    },
  })

function maySend(
  scope: ChannelScope,
  facts: RequestFacts,
  wants: { files: boolean; reply: boolean; embeds: boolean },
): Result<void, ApiError> {
  if (!may(scope, Permission.SEND_MESSAGES)) return refuse('MISSING_PERMISSIONS')
  if (isTooNew(scope, facts)) return refuse('VERIFICATION_LEVEL_TOO_HIGH')
  if (wants.files && !may(scope, Permission.ATTACH_FILES)) return refuse('MISSING_PERMISSIONS')
  if (wants.embeds && !may(scope, Permission.EMBED_LINKS)) return refuse('MISSING_PERMISSIONS')
  if (wants.reply && !may(scope, Permission.READ_MESSAGE_HISTORY)) return refuse('CANNOT_REPLY')
  return ok(undefined)
}

/** Where the message comes from must be said of a forward; nothing for what is none. */
async function forwardOf(
  deps: ApiDeps,
  request: Pick<HttpRequest, 'tokenHash' | 'caller'>,
  reference: { readonly message_id: string | number; readonly channel_id?: string | number | null } | null,
): Promise<Result<Forward | object, ApiError>> {
  if (!reference) return ok({})
  if (reference.channel_id == null)
    return refuseField(['message_reference', 'channel_id'], 'BASE_TYPE_REQUIRED', 'This field is required')
  const source = { channelId: String(reference.channel_id), messageId: String(reference.message_id) }
  return readForward(deps, request, source)
}

/** The message replied to: in this channel; a missing one is an error unless the sender says otherwise. */
async function readReply(
  deps: ApiDeps,
  scope: ChannelScope,
  reference:
    | {
        message_id: string | number
        channel_id?: string | number | null
        fail_if_not_exists?: boolean | null
      }
    | null
    | undefined,
  viewer: string,
): Promise<Result<StoredMessage | null, ApiError>> {
  if (!reference) return ok(null)
  const channelId = scope.kind === 'conversation' ? scope.conversation.id : scope.channel.id
  if (reference.channel_id != null && String(reference.channel_id) !== channelId) {
    return refuseField(['message_reference', 'channel_id'], 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message')
  }
  const target = { aggregate: scope.aggregate, channelId, messageId: String(reference.message_id), viewer }
  const found = await deps.changes.read(target)
  if (found.ok && isSystemMessage(found.value.type))
    return refuseField(
      ['message_reference'],
      'REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE',
      'Cannot reply to a system message',
    )
  if (found.ok) return found
  if (found.error.code !== 'UNKNOWN_MESSAGE') return found
  if (reference.fail_if_not_exists === false) return ok(null)
  return refuseField(['message_reference'], 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message')
}

/** Bots are not slowed, nor who has the permission for it; those who manage are. */
function slowModeOf(scope: ChannelScope, isBot: boolean): { channelId: string; seconds: number } | null {
  if (scope.kind === 'conversation' || scope.channel.rate_limit_per_user === 0) return null
  if (isBot || may(scope, Permission.BYPASS_SLOWMODE)) return null
  return { channelId: scope.channel.id, seconds: scope.channel.rate_limit_per_user }
}
