import type { Emoji } from '#shared/domain/guild/emoji.ts'

const CUSTOM = /^(a:)?(\w{2,32}):([0-9]{1,19})$/

/** How reactions know an emoji: unicode, or `name:id`, or `a:name:id` of an animated one. */
export const emojiKey = ({ id, name, animated }: Emoji): string => `${animated ? 'a:' : ''}${name}:${id}`

/** Of a custom emoji's key; undefined: it is none. */
export const customEmojiId = (key: string): string | undefined => CUSTOM.exec(key)?.[3]

/** Are both keys of one emoji? Custom ones may have been called otherwise. */
export const isSameEmoji = (a: string, b: string): boolean =>
  a === b || (customEmojiId(a) ?? a) === (customEmojiId(b) ?? b)

/** An emoji's key as the wire's partial emoji. */
export function emojiObject(key: string): { id: string | null; name: string; animated?: boolean } {
  const custom = CUSTOM.exec(key)
  if (!custom) return { id: null, name: key }
  return { id: custom[3] as string, name: custom[2] as string, animated: custom[1] !== undefined }
}

/** Who made it is added for who may manage it. */
export const guildEmojiObject = ({ id, name, roles, animated }: Emoji) => ({
  id,
  name,
  roles,
  require_colons: true,
  managed: false,
  animated,
  available: true,
})

const UNICODE_EMOJI =
  /^(?:\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}(?:\uFE0F|\uFE0E|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*[\u{E0020}-\u{E007F}]*)$/u

/** Is it an emoji that a reaction can have? */
export const isUnicodeEmoji = (text: string): boolean => text.length <= 64 && UNICODE_EMOJI.test(text)
