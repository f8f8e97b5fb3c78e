import { hash, verify } from '@node-rs/argon2'
import { err, ok, type Result } from '#shared/kernel/result.ts'

/** The package declares this as a const enum, which type stripping cannot read. */
const ARGON2ID = 2
/** OWASP: argon2id, 19 MiB, two passes: 8 to 14 ms of CPU each, on the thread pool. */
const OPTIONS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const AT_ONCE = 2
const MOST_WAITING = 100

/** May somebody have it for a password? */
export const isPassword = (text: string): boolean => text.length >= 8 && text.length <= 128
export const PASSWORD_RULE = ['BASE_TYPE_BAD_LENGTH', 'Must be between 8 and 128 in length.'] as const

/** Hashes passwords, two at a time; a flood of logins is refused instead of starving everything else. */
export class PasswordHasher {
  #running = 0
  readonly #waiting: (() => void)[] = []

  hash(password: string): Promise<Result<string, 'busy'>> {
    return this.#limited(() => hash(password.normalize('NFKC'), OPTIONS))
  }

  /** Takes as long when there is no hash to compare with: unknown accounts cannot be told by the time. */
  verify(stored: string | undefined, password: string): Promise<Result<boolean, 'busy'>> {
    return this.#limited(async () => {
      const matches = await verify(stored ?? DUMMY, password.normalize('NFKC'))
      return matches && stored !== undefined
    })
  }

  async #limited<T>(work: () => Promise<T>): Promise<Result<T, 'busy'>> {
    if (this.#waiting.length >= MOST_WAITING) return err('busy')
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#running++
    try {
      return ok(await work())
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }
}

/** The hash of a password that nobody has, with the same parameters. */
const DUMMY =
  '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Yb0eGQKvSzn2Wy8tU0V6tS9bDqMzHpR7cJvN6mHk0Xg'
