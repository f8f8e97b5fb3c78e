import type { Member } from '#shared/domain/guild/entities.ts'
import {
  type AllowedMentions,
  parseMentions,
  resolveAllowedMentions,
} from '#shared/domain/message/mentions.ts'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuseField } from '#shared/platform/http/api-error.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import type { Db } from '#shared/store/database.ts'
import { readMembers } from '#shared/store/guild-store.ts'
import type { ChannelScope } from '../scope.ts'
import { faultOf, partsOf } from './embed-parts.ts'

const EMBED_CHARACTERS = 6_000
const MOST_MENTIONED = 100

interface Mentions {
  readonly fields: Pick<StoredMessage, 'mentions' | 'mention_roles' | 'mention_everyone'>
  /** Of those users, in a guild. */
  readonly members: readonly Member[]
}

interface RawAllowed {
  readonly parse?: readonly string[] | null
  readonly users?: readonly (string | number)[] | null
  readonly roles?: readonly (string | number)[] | null
  readonly replied_user?: boolean | null
}

/** Whom a message mentions, of those that exist here and whom its author may mention. */
export async function resolveMentions(
  db: Db,
  scope: ChannelScope,
  content: string,
  allowed: RawAllowed | null | undefined,
  repliedUserId: string | undefined,
): Promise<Result<Mentions, ApiError>> {
  const resolved = resolveAllowedMentions(allowed && normalise(allowed), {
    mentions: parseMentions(content),
    repliedUserId,
  })
  if (!resolved.ok) {
    return refuseField(
      ['allowed_mentions'],
      'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
      `parse:["${resolved.error.field}"] and ${resolved.error.field}: [ids...] are mutually exclusive.`,
    )
  }
  const { users, roles, everyone } = resolved.value
  const mayAll = scope.kind === 'guild_channel' && has(scope.permissions, Permission.MENTION_EVERYONE)
  const members = await membersOf(db, scope, users)
  const mentioned =
    scope.kind === 'guild_channel'
      ? members.map(({ user }) => user)
      : scope.conversation.recipients.filter(({ id }) => users.includes(id))
  return ok({
    fields: {
      mentions: mentioned.map(userObject) as unknown as Mentions['fields']['mentions'],
      mention_roles:
        scope.kind === 'guild_channel'
          ? roles.filter(
              (id) =>
                id !== scope.guildId &&
                (mayAll || scope.state.roles.get(id)?.mentionable) &&
                scope.state.roles.has(id),
            )
          : [],
      mention_everyone: everyone && mayAll,
    },
    members,
  })
}

const membersOf = async (db: Db, scope: ChannelScope, ids: readonly string[]): Promise<readonly Member[]> =>
  scope.kind === 'guild_channel' && ids.length > 0
    ? readMembers(db, scope.guildId, { ids: ids.slice(0, MOST_MENTIONED) })
    : []

/** Embeds as senders may give them: of type rich, without empty parts. */
export function readEmbeds(
  embeds: readonly Readonly<Record<string, unknown>>[] | null | undefined,
): Result<readonly object[], ApiError> {
  if (!embeds || embeds.length === 0) return ok([])
  let characters = 0
  const read = embeds.map((embed) => {
    const kept = partsOf(embed)
    characters += charactersOf(kept)
    return { type: 'rich', ...kept }
  })
  if (characters > EMBED_CHARACTERS) {
    return refuseField(['embeds'], 'MAX_EMBED_SIZE_EXCEEDED', 'Embed size exceeds maximum size of 6000')
  }
  const empty = read.findIndex((embed) => Object.keys(embed).length === 1)
  if (empty >= 0)
    return refuseField(['embeds', empty, 'description'], 'BASE_TYPE_REQUIRED', 'This field is required')
  for (const [index, embed] of read.entries()) {
    const fault = faultOf(embed)
    if (fault) return refuseField(['embeds', index, ...fault.path], fault.code, fault.message)
  }
  return ok(read)
}

function charactersOf(embed: Readonly<Record<string, unknown>>): number {
  const { title, description, footer, author, fields } = embed as {
    title?: string
    description?: string
    footer?: { text: string }
    author?: { name: string }
    fields?: { name: string; value: string }[]
  }
  const parts = [
    title,
    description,
    footer?.text,
    author?.name,
    ...(fields ?? []).flatMap(({ name, value }) => [name, value]),
  ]
  return parts.reduce((sum, part) => sum + (part?.length ?? 0), 0)
}

const normalise = (allowed: RawAllowed): AllowedMentions => ({
  ...(allowed.parse ? { parse: allowed.parse as NonNullable<AllowedMentions['parse']> } : {}),
  ...(allowed.users ? { users: allowed.users.map(String) } : {}),
  ...(allowed.roles ? { roles: allowed.roles.map(String) } : {}),
  ...(allowed.replied_user == null ? {} : { replied_user: allowed.replied_user }),
})
