import { Buckets } from '#shared/platform/http/endpoint.ts'
import type { RateLimits } from '#shared/platform/http/rate-limits.ts'

/** How often an account is tried, and an address is sent mails, beyond what one caller may ask for. */
export class AccountLimits {
  readonly #limits: Pick<RateLimits, 'take'> | undefined

  /** @param limits undefined: nothing is limited */
  constructor(limits: Pick<RateLimits, 'take'> | undefined) {
    this.#limits = limits
  }

  /**
   * Counts a try to log in before its password is looked at: many at once are no more guesses. By address, so that nobody
   * shuts out the owner, and by the name as it was given, so that it does not tell which names are of one account.
   * @returns for how many seconds it must wait; 0: not at all
   */
  async waitToLogIn(network: string, login: string): Promise<number> {
    const verdict = await this.#limits?.take(Buckets.logins, `${network} ${login}`)
    return verdict?.retryAfterSeconds ?? 0
  }

  /** May one more mail go to an address? Counted apart by what it is for: those who register there stop no new password. */
  async mayMail(purpose: 'verify' | 'reset', address: string): Promise<boolean> {
    const verdict = await this.#limits?.take(Buckets.mails, `${purpose} ${address.toLowerCase()}`)
    return verdict?.allowed ?? true
  }
}
