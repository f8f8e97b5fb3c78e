import type { FastifyInstance } from 'fastify'
import type { Clock } from '#shared/kernel/clock.ts'
import { addPage } from '#shared/platform/http/page.ts'
import { serve } from '#shared/platform/http/serve.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { Mailer } from '#shared/ports/mailer.ts'
import type { Database } from '#shared/store/database.ts'
import type { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { AccountLimits } from './account-limits.ts'
import { MailQueue } from './mail-queue.ts'
import { PasswordHasher } from './password-hasher.ts'
import { ResetRequests } from './reset-requests.ts'
import { authRoutes } from './routes.ts'

interface Options {
  readonly http: FastifyInstance
  readonly rateLimits: boolean
  readonly database: Database
  readonly bus: Bus
  readonly mailer: Mailer
  readonly appender: OutboxAppender
  readonly clock: Clock
  readonly logger: Logger
  readonly emailConfirmation: 'required' | 'off'
  readonly publicUrl: () => string
}

/** Accounts: registration, confirmation, login, and the mail that belongs to it. */
export async function addAuth(options: Options): Promise<{ stop(): Promise<void> }> {
  const { mailer, clock, logger, publicUrl } = options
  const { db } = options.database
  const mails = new MailQueue({ db, mailer, clock, logger })
  const limits = new AccountLimits(options.rateLimits ? options.http.guildhall.rateLimits : undefined)
  const resets = new ResetRequests({ db, limits, mails, clock, logger, publicUrl })
  const deps = { ...options, limits, hasher: new PasswordHasher(), mails, resets }
  serve(options.http, authRoutes(deps), options.rateLimits)
  await addPage(options.http, '/verify', 'verify.html')
  await addPage(options.http, '/reset', 'reset.html')
  const stopping = new AbortController()
  const running = Promise.all([mails.run(stopping.signal), resets.run(stopping.signal)])
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}
