import { createHash } from 'node:crypto'

/** What happened, line by line: its hash tells whether two runs were the same. */
export class Trace {
  readonly #lines: string[] = []
  readonly #print: ((line: string) => void) | undefined
  readonly #now: () => number

  constructor(now: () => number, print?: (line: string) => void) {
    this.#now = now
    this.#print = print
  }

  /** With the virtual time in microseconds. */
  add(who: string, what: string): void {
    const line = `${Math.round(this.#now() * 1_000)} ${who} ${what}`
    this.#lines.push(line)
    this.#print?.(line)
  }

  digest(): string {
    return createHash('sha256').update(this.#lines.join('\n')).digest('hex').slice(0, 16)
  }
}
