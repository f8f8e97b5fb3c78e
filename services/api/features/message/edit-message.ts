import { Type } from 'typebox'
import type { Member } from '#shared/domain/guild/entities.ts'
import {
  isSystemMessage,
  type MessageEdit,
  MessageFlag,
  MessageType,
  type StoredMessage,
} from '#shared/domain/message/stored-message.ts'
import { MOST_FILES } from '#shared/domain/message/upload-limits.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { readMembers } from '#shared/store/guild-store.ts'
import type { ApiDeps } from '../../deps.ts'
import { refuseBesideForward } from '../../messages/forward.ts'
import { readEmbeds, resolveMentions } from '../../messages/message-content.ts'
import { bringsFiles } from '../../messages/message-files.ts'
import { messageUpdate } from '../../messages/message-update.ts'
import { type ChannelScope, isBlockedIn, may, placeOf } from '../../scope.ts'
import { EditMessageBody } from './message-body.ts'

/**
 * PATCH /channels/{channel_id}/messages/{message_id}: what is left out stays; `attachments` lists what stays. Where
 * nothing is asked for nothing happens.
 */
export const editMessage = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/channels/:channel_id/messages/:message_id',
    tag: 'messages',
    summary: 'Edit message',
    access: 'verified',
    bucket: Buckets.messages,
    files: true,
    schema: { params: Type.Object({ channel_id: Snowflake, message_id: Snowflake }), body: EditMessageBody },
    handle: async ({ params, body, files, facts, caller }) => {
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      const target = {
        aggregate: scope.value.aggregate,
        channelId: params.channel_id,
        messageId: params.message_id,
        viewer: caller.id,
      }
      const current = await deps.changes.read(target)
      if (!current.ok) return current
      const own = current.value.author.id === caller.id
      const allowed = mayEdit(scope.value, own, body, files.length > 0)
      if (!allowed.ok) return allowed
      if (isSystemMessage(current.value.type)) return refuse('SYSTEM_MESSAGE')
      if (bringsFiles(files, body.attachments) && !may(scope.value, Permission.ATTACH_FILES))
        return refuse('MISSING_PERMISSIONS')
      if (body.embeds?.length && !may(scope.value, Permission.EMBED_LINKS))
        return refuse('MISSING_PERMISSIONS')
      if (await isBlockedIn(deps.database.db, scope.value, caller.id)) return refuse('CANNOT_MESSAGE_USER')
      const embeds = readEmbeds(body.embeds)
      if (!embeds.ok) return embeds
      const content = body.content === undefined ? undefined : (body.content ?? '').trim()
      const { message_reference: reference, type } = current.value
      const repliedTo =
        reference &&
        type === MessageType.REPLY &&
        (body.allowed_mentions?.replied_user ?? !body.allowed_mentions)
          ? await deps.changes.read({ ...target, messageId: reference.message_id })
          : undefined
      const mentions =
        content === undefined
          ? ok(undefined)
          : await resolveMentions(
              deps.database.db,
              scope.value,
              content,
              body.allowed_mentions,
              repliedTo?.ok ? repliedTo.value.author.id : undefined,
            )
      if (!mentions.ok) return mentions
      const author = await authorsMember(deps, scope.value, current.value)
      const found = await deps.files.find(files, body.attachments, {
        channelId: params.channel_id,
        userId: caller.id,
        by: `m:${params.message_id}`,
      })
      if (!found.ok) return found
      const uploaded = await deps.files.keep(found.value)
      if (!uploaded.ok) return uploaded

      let edited: StoredMessage = current.value
      const changed = await deps.changes.change(target, async (message) => {
        const asked: MessageEdit = {
          ...(content === undefined ? {} : { content, ...mentions.value?.fields }),
          ...(body.embeds === undefined ? {} : { embeds: embeds.value }),
          ...(body.flags == null
            ? {}
            : {
                flags:
                  (message.flags & ~MessageFlag.SUPPRESS_EMBEDS) | (body.flags & MessageFlag.SUPPRESS_EMBEDS),
              }),
          ...(body.attachments === undefined && uploaded.value.length === 0
            ? {}
            : { attachments: attachmentsOf(message, body.attachments, uploaded.value) }),
        }
        const edit = own ? { ...asked, edited_timestamp: timestamp(facts.now) } : asked
        if (Object.keys(asked).length === 0 || (!own && asked.flags === message.flags)) {
          edited = message
          return ok(null)
        }
        edited = { ...message, ...edit }
        const empty = edited.content === '' && edited.embeds.length === 0 && edited.attachments.length === 0
        if (message.message_snapshots && !empty) return refuseBesideForward()
        if (empty && !message.message_snapshots) return refuse('EMPTY_MESSAGE')
        if ((edit.attachments?.length ?? 0) > MOST_FILES) return refuse('TOO_MANY_ATTACHMENTS')
        return ok(
          await messageUpdate(deps, placeOf(scope.value), message, edit, author, mentions.value?.members),
        )
      })
      if (!changed.ok) return changed
      return ok((await deps.presenter.many([edited], caller))[0])
    },
  })

/** Others may only suppress embeds, with MANAGE_MESSAGES. */
function mayEdit(
  scope: ChannelScope,
  own: boolean,
  body: { content?: unknown; embeds?: unknown; attachments?: unknown },
  files: boolean,
): Result<void, ApiError> {
  if (own) return ok(undefined)
  const onlyFlags =
    body.content === undefined && body.embeds === undefined && body.attachments === undefined && !files
  if (!onlyFlags || scope.kind === 'conversation') return refuse('NOT_YOUR_MESSAGE')
  // The answer shows the message.
  const flags = Permission.MANAGE_MESSAGES | Permission.READ_MESSAGE_HISTORY
  return may(scope, flags) ? ok(undefined) : refuse('MISSING_PERMISSIONS')
}

/** The membership of the message's author, who may have left. */
async function authorsMember(
  deps: ApiDeps,
  scope: ChannelScope,
  { author }: StoredMessage,
): Promise<Member | undefined> {
  if (scope.kind === 'conversation') return undefined
  if (scope.member.user.id === author.id) return scope.member
  const [member] = await readMembers(deps.database.db, scope.guildId, { ids: [author.id] })
  return member
}

/** What stays, and then what is new, which an edit that is repeated brings again. */
function attachmentsOf(
  message: StoredMessage,
  listed: readonly { id: string | number }[] | null | undefined,
  uploaded: StoredMessage['attachments'],
): StoredMessage['attachments'] {
  const again = new Set(uploaded.map(({ id }) => id))
  const ids = listed === undefined ? undefined : new Set((listed ?? []).map(({ id }) => String(id)))
  const kept = message.attachments.filter(({ id }) => !again.has(id) && (ids?.has(id) ?? true))
  return [...kept, ...uploaded]
}
