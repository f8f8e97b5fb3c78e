import { expect, test } from 'vitest'
import { asPosition, START } from '#shared/kernel/ids.ts'
import type { ManualClock } from '../manual-clock.ts'
import { append, appendBatch, freshEvent, freshId, freshSubject, readAll, times } from './appending.ts'
import type { Capabilities, EventLogStore } from './event-log-store.ts'

const WINDOW_MS = 5 * 60_000

/** Guards, dedupe ids and batches. */
export function appendRules(store: () => EventLogStore, can: Capabilities): void {
  test('[LOG-2] an append guarded by the right position of the subject is taken', async () => {
    const { log } = store()
    const subject = freshSubject()
    const first = await append(log, freshEvent(subject), { expectedLast: START })
    await append(log, freshEvent())
    const second = await append(log, freshEvent(subject), { expectedLast: first.position })
    expect(second.position).toBeGreaterThan(first.position)
    expect(second.duplicate).toBe(false)
  })

  test('[LOG-2] an append guarded by a wrong position is refused with the right one, and appends nothing', async () => {
    const { log } = store()
    const subject = freshSubject()
    const never = await log.append(freshEvent(subject), { expectedLast: asPosition(3) })
    expect(never).toEqual({ ok: false, error: { code: 'wrong_last', last: 0 } })
    const first = await append(log, freshEvent(subject))
    const second = await append(log, freshEvent(subject))
    const end = (await log.bounds()).last
    for (const wrong of [START, first.position, second.position + 1]) {
      const result = await log.append(freshEvent(subject), { expectedLast: asPosition(wrong) })
      expect(result).toEqual({ ok: false, error: { code: 'wrong_last', last: second.position } })
    }
    expect((await log.bounds()).last).toBe(end)
    expect(await readAll(log, START, subject)).toHaveLength(2)
  })

  test('[LOG-2] the guard knows what came unguarded, in a batch, or before the log was opened', async () => {
    const { log, reopen } = store()
    const subject = freshSubject()
    const { position } = await appendBatch(log, [freshEvent(), freshEvent(subject)])
    const last = asPosition(position + 1)
    expect(await log.append(freshEvent(subject), { expectedLast: START })).toMatchObject({ error: { last } })
    const reopened = await reopen()
    expect(await reopened.append(freshEvent(subject), { expectedLast: START })).toMatchObject({
      error: { last },
    })
    await append(reopened, freshEvent(subject), { expectedLast: last })
  })

  test('[LOG-2] of many appends guarded alike at once exactly one is taken', async () => {
    const { log } = store()
    const subject = freshSubject()
    const { position } = await append(log, freshEvent(subject))
    const results = await Promise.all(
      times(50).map(() => log.append(freshEvent(subject), { expectedLast: position })),
    )
    const taken = results.filter((result) => result.ok)
    expect(taken).toHaveLength(1)
    const [, won] = await readAll(log, START, subject)
    expect(taken[0]).toMatchObject({ value: { position: won?.position } })
    for (const result of results) {
      if (!result.ok) expect(result.error).toEqual({ code: 'wrong_last', last: won?.position })
    }
  })

  test('[LOG-2] [LOG-7] after a purge the guard expects 0', async () => {
    const { log } = store()
    const subject = freshSubject()
    const { position } = await append(log, freshEvent(subject))
    await log.purge(position)
    const refused = await log.append(freshEvent(subject), { expectedLast: position })
    expect(refused).toEqual({ ok: false, error: { code: 'wrong_last', last: 0 } })
    await append(log, freshEvent(subject), { expectedLast: START })
  })

  test('[LOG-3] a repeated id appends nothing and is answered with the first position, whatever the guard', async () => {
    const { log } = store()
    const subject = freshSubject()
    const id = freshId()
    const event = freshEvent(subject)
    const { position } = await append(log, event, { id, expectedLast: START })
    const repeat = { position, duplicate: true }
    expect(await append(log, event, { id })).toEqual(repeat)
    expect(await append(log, event, { id, expectedLast: START })).toEqual(repeat)
    expect(await append(log, event, { id, expectedLast: asPosition(position + 9) })).toEqual(repeat)
    expect(await append(log, event, { id, expectedLast: asPosition(Number.MAX_SAFE_INTEGER) })).toEqual(
      repeat,
    )
    expect(await append(log, freshEvent(), { id })).toEqual(repeat)
    expect(await readAll(log, START, subject)).toHaveLength(1)
  })

  test('[LOG-3] ids are stream-wide: the subject does not matter, the exact text does', async () => {
    const { log } = store()
    const id = `${freshId()} Äü🎉`
    const { position } = await append(log, freshEvent(), { id })
    expect(await append(log, freshEvent(freshSubject()), { id })).toEqual({ position, duplicate: true })
    for (const other of [id.toLowerCase(), ` ${id}`, `${id} `, `${id}\u0000`, id.slice(0, -2)]) {
      expect(await append(log, freshEvent(), { id: other })).toMatchObject({ duplicate: false })
    }
  })

  test('[LOG-3] of many appends with one id at once exactly one is taken', async () => {
    const { log } = store()
    const subject = freshSubject()
    const id = freshId()
    const answers = await Promise.all(times(30).map(() => append(log, freshEvent(subject), { id })))
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1)
    expect(await readAll(log, START, subject)).toHaveLength(1)
  })

  test('[LOG-3] a refused append does not use up its id', async () => {
    const { log } = store()
    const id = freshId()
    for (const last of [1, Number.MAX_SAFE_INTEGER])
      expect(await log.append(freshEvent(), { id, expectedLast: asPosition(last) })).toMatchObject({
        ok: false,
        error: { code: 'wrong_last' },
      })
    expect(await log.append(freshEvent(), { id })).toMatchObject({ ok: true, value: { duplicate: false } })
  })

  test('[LOG-3] ids are known after a restart too', async () => {
    const { log, reopen } = store()
    const [single, batch] = [`${freshId()} "ü\\'{},🎉\u0000\ud800`, freshId()]
    const one = await append(log, freshEvent(), { id: single })
    const many = await appendBatch(log, [freshEvent(), freshEvent()], batch)
    const reopened = await reopen()
    expect(await append(reopened, freshEvent(), { id: single })).toEqual({ ...one, duplicate: true })
    expect(await appendBatch(reopened, [freshEvent(), freshEvent()], batch)).toEqual({
      ...many,
      duplicate: true,
    })
  })

  if (can.moveTime)
    test('[LOG-3] ids are forgotten after five minutes, and not before', async () => {
      const { log, reopen } = store()
      const clock = store().clock as ManualClock
      const [kept, reopened] = [freshId(), freshId()]
      const first = await append(log, freshEvent(), { id: kept })
      await append(log, freshEvent(), { id: reopened })
      clock.advance(WINDOW_MS - 1)
      expect(await append(log, freshEvent(), { id: kept })).toEqual({ ...first, duplicate: true })
      const early = await reopen()
      expect(await append(early, freshEvent(), { id: kept })).toEqual({ ...first, duplicate: true })
      clock.advance(2)
      expect(await append(early, freshEvent(), { id: kept })).toMatchObject({ duplicate: false })
      const late = await reopen()
      expect(await append(late, freshEvent(), { id: reopened })).toMatchObject({ duplicate: false })
    })

  test('[LOG-4] a batch is at consecutive positions in its order, whatever is appended meanwhile', async () => {
    const { log } = store()
    const start = (await log.bounds()).last
    const batches = times(20).map((n) => times(n + 1).map(() => freshEvent()))
    const answers = await Promise.all(
      batches.flatMap((events) => [appendBatch(log, events), append(log, freshEvent())]),
    )
    const all = await readAll(log, start)
    batches.forEach((events, index) => {
      const from = (answers[2 * index]?.position ?? 0) - start - 1
      expect(all.slice(from, from + events.length).map(({ d }) => d)).toEqual(events.map(({ d }) => d))
    })
    expect(all).toHaveLength(batches.flat().length + 20)
  })

  test('[LOG-4] an id covers its batch: a repeat appends nothing of it', async () => {
    const { log } = store()
    const subject = freshSubject()
    const id = freshId()
    const batch = [freshEvent(subject), freshEvent(subject), freshEvent(subject)]
    const [first, again] = await Promise.all([appendBatch(log, batch, id), appendBatch(log, batch, id)])
    expect(first.duplicate).toBe(false)
    expect(again).toEqual({ position: first.position, duplicate: true })
    expect(await append(log, freshEvent(subject), { id })).toEqual(again)
    expect((await readAll(log, START, subject)).map(({ d }) => d)).toEqual(batch.map(({ d }) => d))
  })

  test('[LOG-4] a batch of nothing is a mistake of the caller, and harms nobody else', async () => {
    const { log } = store()
    const [nothing, something] = await Promise.allSettled([
      (async () => log.appendBatch([]))(),
      append(log, freshEvent()),
    ])
    expect(nothing.status).toBe('rejected')
    expect(something.status).toBe('fulfilled')
  })
}
