/** An emoji key of the path, `name:id` or unicode, as the wire's partial emoji. */
export function emojiObject(key: string): { id: string | null; name: string } {
  const custom = /^(\w{2,32}):([0-9]{1,19})$/.exec(key)
  return custom ? { id: custom[2] as string, name: custom[1] as string } : { id: null, name: key }
}

const UNICODE_EMOJI =
  /^(?:\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}(?:\uFE0F|\uFE0E|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*[\u{E0020}-\u{E007F}]*)$/u

/** Is it an emoji that a reaction can have? */
export const isUnicodeEmoji = (text: string): boolean => text.length <= 64 && UNICODE_EMOJI.test(text)
