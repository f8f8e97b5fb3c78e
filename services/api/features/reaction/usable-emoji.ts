import { type Emoji, mayUse } from '#shared/domain/guild/emoji.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { customEmojiId, emojiKey } from '#shared/protocol/wire/emoji.ts'
import type { Db } from '#shared/store/database.ts'
import { type ChannelScope, may } from '../../scope.ts'

/**
 * The key of an emoji that the caller may bring in here, custom ones as they are called now: of this guild, or, with
 * USE_EXTERNAL_EMOJIS, of another that he is in. Undefined: there is none.
 */
export async function usableEmoji(
  db: Db,
  scope: ChannelScope,
  callerId: string,
  key: string,
): Promise<string | undefined> {
  const emojiId = customEmojiId(key)
  if (emojiId === undefined) return key
  const find = (emojis: readonly Emoji[], roles: readonly string[]) =>
    emojis.find((emoji) => emoji.id === emojiId && mayUse(emoji, roles))
  const own = scope.kind === 'guild_channel' && find(scope.state.guild?.emojis ?? [], scope.member.roles)
  if (own) return emojiKey(own)
  if (!may(scope, Permission.USE_EXTERNAL_EMOJIS)) return undefined
  const others = await db
    .selectFrom('guilds')
    .innerJoin('members', 'members.guild_id', 'guilds.id')
    .select(['guilds.emojis', 'members.roles'])
    .where('members.user_id', '=', callerId)
    .where('guilds.emojis', '@>', JSON.stringify([{ id: emojiId }]))
    .execute()
  const [found] = others.flatMap(({ emojis, roles }) => find(emojis as unknown as Emoji[], roles) ?? [])
  return found && emojiKey(found)
}
