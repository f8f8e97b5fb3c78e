import { expect, test } from 'vitest'
import { asPosition, type Position } from '#shared/kernel/ids.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { append, appendBatch, expectGapless, freshEvent, times } from './appending.ts'
import type { EventLogStore } from './event-log-store.ts'
import { follow } from './follow.ts'

/** More than any adapter keeps in memory for one slow reader. */
const MANY = 21_000

/** Every event after a position, in order, as they come. */
export function tailRules(store: () => EventLogStore): void {
  test('[LOG-5] a tail from the start, the middle and the end has everything after it, and what comes meanwhile', async () => {
    const { log } = store()
    await appendMany(log, 2_500)
    const { first, last } = await log.bounds()
    const followers = [first - 1, last - 1_700, last - 1, last].map((position) => ({
      after: asPosition(position),
      follower: follow(log, asPosition(position)),
    }))
    await Promise.all(times(100).map(() => append(log, freshEvent())))
    await Promise.all(times(20).map(() => appendBatch(log, [freshEvent(), freshEvent()])))
    const end = (await log.bounds()).last
    for (const { after, follower } of followers) {
      await follower.reached(end)
      await follower.stop()
      expectGapless(follower.events, after)
      expect(follower.events).toHaveLength(end - after)
    }
  })

  test('[LOG-5] a tail goes on over reads, purges behind it and other tails that end', async () => {
    const { log } = store()
    const start = (await log.bounds()).last
    const follower = follow(log, start)
    for (let round = 0; round < 5; round++) {
      const other = follow(log, start)
      const { position } = await append(log, freshEvent())
      await follower.reached(position)
      await other.stop()
    }
    await log.purge(asPosition(start + 5))
    const { position } = await append(log, freshEvent())
    await follower.reached(position)
    await follower.stop()
    expectGapless(follower.events, start)
  })

  test(`[LOG-5] a reader that falls ${MANY} events behind gets them all`, async () => {
    const { log } = store()
    const start = (await log.bounds()).last
    const { next, read, stop } = slowReader(log, start)
    await append(log, freshEvent())
    await next()
    const end = await appendMany(log, MANY)
    while (read.at(-1)?.position !== end) await next()
    const { position } = await append(log, freshEvent())
    while (read.at(-1)?.position !== position) await next()
    await stop()
    expectGapless(read, start)
  })

  test('[LOG-5] a reader that the purge overtook is refused or has it all, but never has a gap', async () => {
    const { log } = store()
    const start = (await log.bounds()).last
    const { next, read, stop } = slowReader(log, start)
    await append(log, freshEvent())
    await next()
    const end = await appendMany(log, MANY)
    await log.purge(asPosition(end - 10))
    const outcome = await (async () => {
      while (read.at(-1)?.position !== end) await next()
      return 'has it all'
    })().catch(() => 'refused')
    await stop()
    expectGapless(read, start)
    expect(['refused', 'has it all']).toContain(outcome)
  })

  test('[LOG-5] a reader that a purge meets while it begins is refused or has it all, but never has a gap', async () => {
    const { log } = store()
    for (let round = 0; round < 40; round++) {
      const start = (await log.bounds()).last
      await appendBatch(
        log,
        times(20).map(() => freshEvent()),
      )
      const followers = times(3).map(() => follow(log, start))
      await Promise.all([log.purge(asPosition(start + 10)), append(log, freshEvent())])
      const { last } = await log.bounds()
      for (const follower of followers) {
        await follower.reached(last).catch((error) => expect(String(error)).toContain('left the log'))
        expectGapless(follower.events, start)
        await follower.stop().catch(() => {})
      }
    }
  })

  test('[LOG-5] a tail ends when its signal aborts: before it began, while it begins, waits, and is read', async () => {
    const { log } = store()
    await appendMany(log, 10)
    const { last } = await log.bounds()
    const never = log.tail(asPosition(last - 10), AbortSignal.abort())[Symbol.asyncIterator]()
    expect(await never.next()).toMatchObject({ done: true })

    for (const moments of times(10)) {
      const beginning = follow(log, last)
      for (let moment = 0; moment < moments; moment++) await log.bounds()
      await beginning.stop()
    }

    const waiting = follow(log, last)
    await append(log, freshEvent())
    await waiting.reached(asPosition(last + 1))
    await waiting.stop()

    for (const after of [last - 10, last + 1]) {
      const abort = new AbortController()
      const tail = log.tail(asPosition(after), abort.signal)[Symbol.asyncIterator]()
      const batch = tail.next()
      await append(log, freshEvent())
      expect(await batch).toMatchObject({ done: false })
      abort.abort()
      expect(await tail.next()).toMatchObject({ done: true })
    }
  })

  test('[LOG-5] a tail from where the log no longer or not yet is, is refused', async () => {
    const { log } = store()
    await appendMany(log, 10)
    const { last } = await log.bounds()
    await log.purge(asPosition(last - 5))
    await expect(follow(log, asPosition(last - 6)).ended).rejects.toThrow(/left the log/)
    await expect(follow(log, asPosition(0)).ended).rejects.toThrow(/left the log/)
    await expect(follow(log, asPosition(last + 1)).ended).rejects.toThrow(/beyond the end/)
    const oldest = follow(log, asPosition(last - 5))
    await oldest.reached(last)
    await oldest.stop()
    expect(oldest.events).toHaveLength(5)
    await log.purge(last)
    await expect(follow(log, asPosition(last - 1)).ended).rejects.toThrow(/left the log/)
    const empty = follow(log, last)
    await append(log, freshEvent())
    await empty.reached(asPosition(last + 1))
    await empty.stop()
  })
}

/** A reader that takes a batch only when it is told to. */
function slowReader(log: EventLog, after: Position) {
  const abort = new AbortController()
  const tail = log.tail(after, abort.signal)[Symbol.asyncIterator]()
  const read: LogEvent[] = []
  return {
    read,
    async next() {
      const { value, done } = await tail.next()
      if (done) throw new Error('the tail has ended')
      for (const event of value) read.push(event)
    },
    async stop() {
      abort.abort()
      await tail.return?.()
    },
  }
}

/** @returns the position of the last */
async function appendMany(log: EventLog, count: number): Promise<Position> {
  const sizes = times(Math.ceil(count / 500)).map((n) => Math.min(500, count - 500 * n))
  await Promise.all(
    sizes.map((size) =>
      appendBatch(
        log,
        times(size).map(() => freshEvent()),
      ),
    ),
  )
  return (await log.bounds()).last
}
