import { expect, test } from 'vitest'
import { DevInboxMailer } from '#shared/adapters/mailer/dev-inbox-mailer.ts'
import { mailerContract } from './mailer.contract.ts'
import { openPostgresStore } from './postgres-store.ts'

mailerContract('dev inbox', async () => {
  const { pool, close } = await openPostgresStore()
  const mailer = new DevInboxMailer(pool)
  return { mailer, delivered: () => mailer.list(), close }
})

test('the dev inbox keeps the newest 1000 mails, each with its id and time', async () => {
  const { pool, close } = await openPostgresStore()
  const mailer = new DevInboxMailer(pool)
  await pool.query(`insert into dev_inbox (id, recipient, subject, text, html, sent_at)
    select n, 'a@example.com', 'Mail ' || n, '', '', now() from generate_series(1, 999) as n`)
  const send = (subject: string) => mailer.send({ to: 'b@example.com', subject, text: '', html: '' })
  await send('Mail 1000')
  const full = await mailer.list()
  expect(full.map(({ subject }) => subject)).toEqual(
    Array.from({ length: 1_000 }, (_, n) => `Mail ${1_000 - n}`),
  )
  expect(full[0]).toMatchObject({
    id: expect.stringMatching(/^\d+$/),
    sent_at: expect.stringMatching(/^\d{4}-.*Z$/),
  })
  await send('Mail 1001')
  await send('Mail 1002')
  expect((await mailer.list()).map(({ subject }) => subject)).toEqual(
    Array.from({ length: 1_000 }, (_, n) => `Mail ${1_002 - n}`),
  )
  await close()
})
