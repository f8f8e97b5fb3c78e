import { createHash } from 'node:crypto'

/** What happened, line by line: its hash tells whether two runs were the same. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #print: ((line: string) => void) | undefined
  readonly #now: () => number

  constructor(now: () => number, print?: (line: string) => void) {
    this.#now = now
    this.#print = print
  }

  add(who: string, what: string): void {
    const line = `${this.#now().toFixed(3)} ${who} ${what}`
    this.#hash.update(line)
    this.#print?.(line)
  }

  digest(): string {
    return this.#hash.digest('hex').slice(0, 16)
  }
}
