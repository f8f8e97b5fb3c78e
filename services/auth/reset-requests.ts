import type { Clock } from '#shared/kernel/clock.ts'
import type { Logger } from '#shared/platform/logger.ts'
import { Repeating } from '#shared/platform/repeating.ts'
import { hashToken } from '#shared/protocol/tokens.ts'
import type { Db, Tx } from '#shared/store/database.ts'
import type { AccountLimits } from './account-limits.ts'
import { issueEmailToken } from './email-tokens.ts'
import { type MailQueue, queueMail } from './mail-queue.ts'
import { resetMail } from './reset-mail.ts'

const POLL_MS = 2_000
/** One mail a minute to an account, however often it is asked for. */
const AGAIN_AFTER_MS = 60_000

interface Deps {
  readonly db: Db
  readonly limits: Pick<AccountLimits, 'mayMail'>
  readonly mails: Pick<MailQueue, 'notify'>
  readonly clock: Clock
  readonly logger: Logger
  readonly publicUrl: () => string
}

/** Mails links for new passwords to those who have confirmed the address of the account that was named. */
export class ResetRequests {
  readonly #deps: Deps
  readonly #repeating: Repeating

  constructor(deps: Deps) {
    const { db, mails, clock, logger } = deps
    this.#deps = deps
    this.#repeating = new Repeating({
      clock,
      pauseMs: POLL_MS,
      work: async () => {
        while (await db.transaction().execute((tx) => this.#next(tx))) mails.notify()
      },
      failed: (error) => logger.warn({ err: error }, 'requests for new passwords could not be read'),
    })
  }

  async note(login: string): Promise<void> {
    await this.#deps.db.insertInto('reset_requests').values({ login }).execute()
    this.#repeating.notify()
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#repeating.run(signal)
  }

  /** @returns false: nobody has asked */
  async #next(tx: Tx): Promise<boolean> {
    const asked = await tx
      .deleteFrom('reset_requests')
      .where('id', '=', (on) =>
        on.selectFrom('reset_requests').select('id').orderBy('id').limit(1).forUpdate().skipLocked(),
      )
      .returning('login')
      .executeTakeFirst()
    if (!asked) return false
    const now = this.#deps.clock.now()
    const account = await findAccount(tx, asked.login)
    if (!account?.email || (await hasRecent(tx, account.id, now))) return true
    if (!(await this.#deps.limits.mayMail('reset', account.email))) return true
    const token = await issueEmailToken(tx, account.id, 'reset', now)
    const mail = resetMail(account.email, account.username, this.#deps.publicUrl(), token)
    await queueMail(tx, mail, hashToken(token))
    return true
  }
}

/** By address or name; an address that nobody has confirmed is nobody's. */
const findAccount = (tx: Tx, login: string) =>
  tx
    .selectFrom('users')
    .select(['id', 'username', 'email'])
    .where((on) =>
      on.or([on(on.fn('lower', ['email']), '=', login), on(on.fn('lower', ['username']), '=', login)]),
    )
    .where('verified', '=', true)
    .where('bot', '=', false)
    .forUpdate()
    .executeTakeFirst()

async function hasRecent(tx: Tx, userId: string, now: number): Promise<boolean> {
  const recent = await tx
    .selectFrom('email_tokens')
    .select('hash')
    .where('user_id', '=', userId)
    .where('purpose', '=', 'reset')
    .where('created_at', '>', new Date(now - AGAIN_AFTER_MS))
    .executeTakeFirst()
  return recent !== undefined
}
