const MARK = '"content":"@'
const DIGITS = 16

/** Microseconds of a clock that all processes of one machine share. */
export const micros = (): number => Number(process.hrtime.bigint() / 1_000n)

/** The beginning of a message's content that tells when the message was meant to be sent. */
export const stamp = (at: number): string => `@${String(Math.round(at)).padStart(DIGITS, '0')}`

/** A message of ordinary length. */
export const stampedContent = (at: number): string =>
  `${stamp(at)} It is all one sentence, as long as what people write in a chat on an ordinary day.`

/** Where the digits of a stamp are in a message's JSON; -1: there is none. */
export function stampOffset(json: Buffer): number {
  const at = json.indexOf(MARK)
  return at < 0 ? -1 : at + MARK.length
}

/** When a message was meant to be sent; undefined: it has no stamp. */
export function stampOf(json: Buffer): number | undefined {
  const at = stampOffset(json)
  return at < 0 ? undefined : Number(json.toString('latin1', at, at + DIGITS))
}
