const LINE_BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
const INVISIBLE = /[\p{Cc}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu
/** What emojis and scripts are written with: joiners, variation selectors and the tags of flags, each in its place. */
const NEEDED = new RegExp(
  [
    '(?<=\\p{Extended_Pictographic}\\p{Emoji_Modifier}?\\uFE0F?)\\u200D(?=\\p{Extended_Pictographic})',
    '(?<=(?![\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{Default_Ignorable_Code_Point}])[\\p{L}\\p{M}])[\\u200C\\u200D](?=(?!\\p{Default_Ignorable_Code_Point})[\\p{L}\\p{M}])',
    '(?<=\\p{Emoji})[\\uFE0E\\uFE0F]',
    '(?<=\\p{Script=Han})[\\u{E0100}-\\u{E01EF}]',
    '(?<=\\p{Script=Mongolian})[\\u180B-\\u180D\\u180F]',
    '(?<=\\u{1F3F4}[\\u{E0020}-\\u{E007E}]*)[\\u{E0020}-\\u{E007F}]',
  ].join('|'),
  'gu',
)
const BLANK = /^[\s\u2800]*$/

/**
 * A name without what nobody sees: control characters, overrides of the writing direction, what has no width and no
 * meaning where it is, and the blanks around it. '': nothing is left to see.
 */
export function visibleName(name: string): string {
  const line = name.replace(LINE_BREAKS, ' ')
  const needed = new Set([...line.matchAll(NEEDED)].map(({ index }) => index))
  const visible = line
    .replace(INVISIBLE, (character, index: number) => (needed.has(index) ? character : ''))
    .trim()
  return BLANK.test(visible) ? '' : visible
}
