import { Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import type { Emoji } from '#shared/domain/guild/emoji.ts'
import type { Guild } from '#shared/domain/guild/entities.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Nullable } from '#shared/platform/http/endpoint.ts'
import { guildEmojiObject } from '#shared/protocol/wire/emoji.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import type { GuildEvent, GuildTransaction } from '#shared/store/guild-writer.ts'
import { readUsers } from '#shared/store/users.ts'
import type { ApiDeps } from '../../deps.ts'

export const EmojiName = Type.String({ minLength: 2, maxLength: 32, pattern: '^\\w{2,32}$' })
export const EmojiRoles = Nullable(Type.Array(BodySnowflake, { maxItems: 250 }))

export const emojiPicture = (id: string): string => `emojis/${id}`

const EITHER = Permission.CREATE_GUILD_EXPRESSIONS | Permission.MANAGE_GUILD_EXPRESSIONS

/** Who may make or manage them is shown who made them. */
export async function presentEmojis(
  deps: Pick<ApiDeps, 'database'>,
  permissions: bigint,
  emojis: readonly Emoji[],
): Promise<object[]> {
  if ((permissions & EITHER) === 0n) return emojis.map(guildEmojiObject)
  const users = await readUsers(deps.database.db, [...new Set(emojis.map(({ user_id }) => user_id))])
  const byId = new Map(users.map((user) => [user.id, userObject(user)]))
  return emojis.map((emoji) => ({ ...guildEmojiObject(emoji), user: byId.get(emoji.user_id) }))
}

/** One that the actor may change under the guild's lock: his own with either permission, others to manage them. */
export async function manageableEmoji(
  tx: GuildTransaction,
  ids: { readonly userId: string; readonly emojiId: string },
  now: number,
): Promise<Result<Emoji, ApiError>> {
  const actor = await tx.member(ids.userId)
  if (!actor) return refuse('MISSING_ACCESS')
  const emoji = tx.state.guild?.emojis.find(({ id }) => id === ids.emojiId)
  if (!emoji) return refuse('UNKNOWN_EMOJI')
  const needed = emoji.user_id === ids.userId ? EITHER : Permission.MANAGE_GUILD_EXPRESSIONS
  const own = guildPermissions(tx.state, actor, now)
  return (own & needed) === 0n ? refuse('MISSING_PERMISSIONS') : ok(emoji)
}

/** The ids of the body, of which each is a role of the guild. */
export function rolesOfEmoji(
  { state }: GuildTransaction,
  roles: readonly (string | number)[] | null | undefined,
): Result<readonly string[], ApiError> {
  const ids = [...new Set((roles ?? []).map(String))]
  return ids.every((id) => state.roles.has(id)) ? ok(ids) : refuse('UNKNOWN_ROLE')
}

/** The guild's emojis are told all at once. */
export const emojisUpdate = (guild: Guild, emojis: readonly Emoji[]): GuildEvent => ({
  type: 'GUILD_EMOJIS_UPDATE',
  changes: [{ kind: 'guild', id: guild.id, value: { ...guild, emojis } }],
  d: { guild_id: guild.id, emojis: emojis.map(guildEmojiObject) },
})
