import type { Clock } from '#shared/kernel/clock.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { Database } from '#shared/store/database.ts'
import type { OutboxAppender } from '#shared/store/outbox-appender.ts'
import type { AccountLimits } from './account-limits.ts'
import type { MailQueue } from './mail-queue.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { ResetRequests } from './reset-requests.ts'

export interface AuthDeps {
  readonly clock: Clock
  readonly database: Database
  readonly bus: Bus
  readonly appender: OutboxAppender
  readonly limits: AccountLimits
  readonly hasher: PasswordHasher
  readonly mails: MailQueue
  readonly resets: ResetRequests
  readonly emailConfirmation: 'required' | 'off'
  /** Where links in mails lead. */
  readonly publicUrl: () => string
}
