import type { FastifyInstance } from 'fastify'
import type { Clock } from '#shared/kernel/clock.ts'
import { serve } from '#shared/platform/http/http-server.ts'
import { addPage } from '#shared/platform/http/page.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { Mailer } from '#shared/ports/mailer.ts'
import type { Database } from '#shared/store/database.ts'
import type { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { MailQueue } from './mail-queue.ts'
import { PasswordHasher } from './password-hasher.ts'
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
  const mails = new MailQueue({
    db: options.database.db,
    mailer: options.mailer,
    clock: options.clock,
    logger: options.logger,
  })
  const deps = { ...options, hasher: new PasswordHasher(), mails }
  serve(options.http, authRoutes(deps), options.rateLimits)
  await addPage(options.http, '/verify', 'verify.html')
  const stopping = new AbortController()
  const sending = mails.run(stopping.signal)
  return {
    async stop() {
      stopping.abort()
      await sending
    },
  }
}
