import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migratePostgres } from '#db/migrate.ts'
import { type Clock, systemClock } from '#shared/kernel/clock.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import { createLogger } from '#shared/platform/logger.ts'
import type { Mail, Mailer, MailRefusal } from '#shared/ports/mailer.ts'
import { type Database, openDatabase } from '#shared/store/database.ts'
import { createDatabase } from '#test/support/database.ts'
import { eventually } from '#test/support/eventually.ts'
import { MailQueue, queueMail } from './mail-queue.ts'

const logger = createLogger({ service: 'test', level: 'silent' })
/** Pauses of the queue are short; those of the mails are Postgres' and stay. */
const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal) }

type Send = (mail: Mail) => Promise<Result<void, MailRefusal>>

describe('the mail queue', () => {
  let database: Database
  let drop: () => Promise<void>
  const stops: (() => Promise<void>)[] = []

  beforeEach(async () => {
    const created = await createDatabase()
    drop = created.drop
    await migratePostgres(created.url)
    database = openDatabase(created.url, { max: 8, onTrouble: () => {} })
    await database.pool.query(`insert into users (id, username) values (1, 'ada')`)
  })

  /** What a queue has begun it has written down then. */
  const stopAll = async () => {
    for (const stop of stops.splice(0)) await stop()
  }

  afterEach(async () => {
    await stopAll()
    await database.close()
    await drop()
  })

  const run = (send: Send): MailQueue => {
    const mailer: Mailer = { send }
    const queue = new MailQueue({ db: database.db, mailer, clock, logger })
    const stopping = new AbortController()
    const running = queue.run(stopping.signal)
    stops.push(async () => {
      stopping.abort()
      await running
    })
    return queue
  }

  /** @returns the hash of its token */
  const enqueue = (to: string, expiresInS = 3_600): Promise<Buffer> =>
    database.db.transaction().execute(async (tx) => {
      const hash = randomBytes(32)
      const expires_at = new Date(Date.now() + expiresInS * 1_000)
      await tx
        .insertInto('email_tokens')
        .values({ hash, user_id: '1', purpose: 'verify', expires_at })
        .execute()
      await queueMail(tx, { to, subject: 'S', text: 'T', html: 'H' }, hash)
      return hash
    })

  const waiting = async () => {
    const { rows } = await database.pool.query<{ recipient: string; attempts: number; pause: number }>(
      `select recipient, attempts, extract(epoch from due_at - now())::float as pause
       from mail_queue order by recipient`,
    )
    return rows
  }
  const empty = () => eventually('an empty queue', async () => (await waiting()).length === 0)
  const allDue = () => database.pool.query('update mail_queue set due_at = now()')

  test('several at once send each mail once, as it was queued', async () => {
    const sent: Mail[] = []
    const addresses = Array.from({ length: 40 }, (_, n) => `person-${n}@example.org`)
    for (const address of addresses) await enqueue(address)
    for (let n = 0; n < 3; n++) {
      run(async (mail) => {
        sent.push(mail)
        await systemClock.sleep(5)
        return ok(undefined)
      })
    }
    await empty()
    expect(sent.map(({ to }) => to).sort()).toEqual([...addresses].sort())
    expect(sent[0]).toEqual({ to: expect.any(String), subject: 'S', text: 'T', html: 'H' })
  })

  test('while no mail can be sent all wait, a minute at most each; then all are sent', async () => {
    let away = true
    const sent: string[] = []
    run(async ({ to }) => {
      if (away) throw new Error('away')
      sent.push(to)
      return ok(undefined)
    })
    await enqueue('ada@example.org')
    await database.pool.query('update mail_queue set attempts = 10')
    const [mail] = await eventually('an attempt', async () => {
      const rows = await waiting()
      return rows[0]?.attempts === 11 && rows[0].pause < 90 && rows
    })
    expect(mail?.pause).toBeGreaterThan(50)
    expect(mail?.pause).toBeLessThanOrEqual(60)
    for (const name of ['bob', 'cy', 'di', 'eve', 'flo']) await enqueue(`${name}@example.org`)
    away = false
    await allDue()
    await empty()
    expect(sent.sort()).toEqual(['ada', 'bob', 'cy', 'di', 'eve', 'flo'].map((name) => `${name}@example.org`))
  })

  test('a refused mail is tried ever less often, and the others are sent', async () => {
    let refusing = true
    const sent: string[] = []
    const send: Send = async ({ to }) => {
      if (refusing && to.startsWith('nobody')) return err({ reason: '550' })
      sent.push(to)
      return ok(undefined)
    }
    await enqueue('nobody@example.org')
    await enqueue('ada@example.org')
    for (const [attempts, pause] of [
      [1, 60],
      [2, 120],
      [3, 240],
      [50, 3_600],
    ] as const) {
      await database.pool.query('update mail_queue set attempts = $1, due_at = now()', [attempts - 1])
      run(send)
      await eventually(`attempt ${attempts}`, async () => {
        const [first, ...others] = await waiting()
        return first?.attempts === attempts && others.length === 0
      })
      await stopAll()
      expect(await waiting()).toEqual([
        {
          recipient: 'nobody@example.org',
          attempts,
          pause: expect.toSatisfy((s) => Math.abs(s - pause) < 5),
        },
      ])
    }
    expect(sent).toEqual(['ada@example.org'])
    refusing = false
    await allDue()
    run(send)
    await empty()
    expect(sent).toEqual(['ada@example.org', 'nobody@example.org'])
  })

  test('a mail goes with its token: replaced, or expired', async () => {
    const replaced = await enqueue('ada@example.org')
    await enqueue('bob@example.org', -1)
    await enqueue('cy@example.org')
    await database.db.deleteFrom('email_tokens').where('hash', '=', replaced).execute()
    const sent: string[] = []
    run(async ({ to }) => {
      sent.push(to)
      return ok(undefined)
    })
    await empty()
    expect(sent).toEqual(['cy@example.org'])
  })

  test('a mail whose sender died is sent by another', async () => {
    let claimed = false
    // Says nothing more, as a process that was killed.
    const dead = new MailQueue({
      db: database.db,
      mailer: {
        send: () => {
          claimed = true
          return new Promise(() => {})
        },
      },
      clock,
      logger,
    })
    void dead.run(new AbortController().signal)
    await enqueue('ada@example.org')
    await eventually('the claim', () => claimed)
    const [mail] = await waiting()
    expect(mail?.pause).toBeGreaterThan(60)
    const sent: string[] = []
    run(async ({ to }) => {
      sent.push(to)
      return ok(undefined)
    })
    await enqueue('bob@example.org')
    await eventually('the other mail', () => sent.length === 1)
    expect(sent).toEqual(['bob@example.org'])
    await allDue()
    await empty()
    expect(sent).toEqual(['bob@example.org', 'ada@example.org'])
  })

  test('a mail that is being sent holds nobody up who replaces its token', async () => {
    let claimed = false
    let answer: (sent: Result<void, MailRefusal>) => void = () => {}
    run(() => {
      claimed = true
      return new Promise((resolve) => {
        answer = resolve
      })
    })
    const hash = await enqueue('ada@example.org')
    await eventually('the claim', () => claimed)
    await database.db.deleteFrom('email_tokens').where('hash', '=', hash).execute()
    expect(await waiting()).toEqual([])
    answer(ok(undefined))
  })
})
