import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPostgresEventLog } from '#shared/adapters/event-log/postgres-event-log.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import { type Cut, openCuttingProxy } from './cutting-proxy.ts'
import { append, freshEvent, readAll } from './event-log/appending.ts'
import type { EventLogStore } from './event-log/event-log-store.ts'
import { eventLogContract } from './event-log.contract.ts'
import { ManualClock } from './manual-clock.ts'
import { openPostgresStore } from './postgres-store.ts'

eventLogContract('Postgres table', async (): Promise<EventLogStore> => {
  const { url, pool, close } = await openPostgresStore()
  const clock = new ManualClock()
  const open = () => openPostgresEventLog({ url, clock })
  let log = await open()
  return {
    get log() {
      return log
    },
    async reopen() {
      await log.close()
      log = await open()
      return log
    },
    openSecond: open,
    async crash() {
      await pool.query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`)
    },
    async plant({ subject, type, schema, facts, d }) {
      await log.close()
      await pool.query(
        `with state as (update event_log_state set last_position = last_position + 1 returning last_position)
         insert into event_log (position, subject, type, schema, facts, d, appended_at)
         select last_position, $1, $2, $3, $4, $5, now() from state`,
        [subject, type, schema, facts, d],
      )
      log = await open()
    },
    clock,
    async close() {
      await log.close()
      await close()
    },
  }
})

describe('event log: Postgres table that cannot be reached', () => {
  let store: Awaited<ReturnType<typeof openPostgresStore>>
  let proxy: Awaited<ReturnType<typeof openCuttingProxy>>
  let log: EventLog
  const clock = new ManualClock()
  beforeAll(async () => {
    store = await openPostgresStore()
    proxy = await openCuttingProxy(store.url, 'log-insert')
    log = await openPostgresEventLog({ url: proxy.url, clock })
  })
  afterAll(async () => {
    await log.close()
    proxy.end()
    await store.close()
  })

  const breaks: { cuts: Cut[] }[] = [
    { cuts: ['answer lost'] },
    { cuts: ['request lost'] },
    { cuts: ['request lost', 'answer lost'] },
  ]
  test.for(breaks)('[LOG-10] an append is taken once when the connection breaks: $cuts', async ({ cuts }) => {
    const { position } = await append(log, freshEvent())
    proxy.cuts.push(...cuts)
    const event = freshEvent()
    expect(await append(log, event)).toEqual({ position: position + 1, duplicate: false })
    expect(proxy.cuts).toEqual([])
    expect(await readAll(log, position)).toEqual([{ ...event, position: position + 1 }])
  })

  test('[LOG-10] an append that could not be brought to the store several times is refused', async () => {
    const { position } = await append(log, freshEvent())
    proxy.cuts.push('request lost', 'request lost', 'request lost')
    expect(await log.append(freshEvent())).toMatchObject({ error: { code: 'refused' } })
    expect((await append(log, freshEvent())).position).toBe(position + 1)
  })

  test('[LOG-10] an append is not mistaken for that of a process that took over meanwhile', async () => {
    const { position } = await append(log, freshEvent())
    proxy.cuts.push('request lost')
    proxy.closed = true
    const cut = log.append(freshEvent())
    await expect.poll(() => proxy.cuts).toEqual([])
    let other: EventLog | undefined
    await expect
      .poll(async () => {
        other = await openPostgresEventLog({ url: store.url, clock }).catch(() => undefined)
        return other
      })
      .toBeDefined()
    const taken = freshEvent()
    expect((await append(other as unknown as EventLog, taken)).position).toBe(position + 1)
    await (other as unknown as EventLog).close()
    proxy.closed = false
    expect(await cut).toMatchObject({ error: { code: 'refused' } })
    const next = freshEvent()
    expect((await append(log, next)).position).toBe(position + 2)
    expect((await readAll(log, position)).map(({ d }) => d)).toEqual([taken.d, next.d])
  })

  test('[LOG-10] an event that Postgres does not take is refused, and the next is taken', async () => {
    const { position } = await append(log, freshEvent())
    expect(await log.append({ ...freshEvent(), d: '\u0000' })).toMatchObject({ error: { code: 'refused' } })
    expect((await append(log, freshEvent())).position).toBe(position + 1)
  })
})
