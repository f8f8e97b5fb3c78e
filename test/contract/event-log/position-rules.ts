import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asPosition, type Position, START } from '#shared/kernel/ids.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { NewEvent } from '#shared/protocol/events.ts'
import { append, appendBatch, expectGapless, freshEvent, freshId, readAll, times } from './appending.ts'
import type { Capabilities, EventLogStore } from './event-log-store.ts'
import { type Follower, follow } from './follow.ts'

const EPOCH = 2 ** 40
const SEED = 20

/** Positions are commit order, and never repeat whatever happens to the log. */
export function positionRules(store: () => EventLogStore, can: Capabilities): void {
  test(`[LOG-1] whoever reads a position has every event before it, under 500 concurrent appends (seed ${SEED})`, async () => {
    const { log } = store()
    const start = (await log.bounds()).last
    const acknowledged = new Map<Position, string>()
    const followers: { after: Position; follower: Follower }[] = []
    // After how many answers a tail begins, and how far back of the end.
    const beginnings = new Map(
      fc.sample(fc.tuple(fc.integer({ min: 1, max: 450 }), fc.double({ min: 0, max: 1, noNaN: true })), {
        seed: SEED,
        numRuns: 10,
      }),
    )
    let appending = true

    const caller = async () => {
      for (let round = 0; round < 10; round++) {
        await Promise.all(
          times(5).map(async () => {
            const event = freshEvent()
            const { position } = await append(log, event)
            acknowledged.set(position, event.d)
            const back = beginnings.get(acknowledged.size)
            if (back === undefined) return
            const after = asPosition(position - Math.floor(back * (position - start)))
            followers.push({ after, follower: follow(log, after) })
          }),
        )
      }
    }
    const reader = async () => {
      while (appending) {
        const events = await readAll(log, start)
        expectGapless(events, start)
        const last = events.at(-1)?.position ?? start
        expect((await log.bounds()).last).toBeGreaterThanOrEqual(last)
        const after = asPosition(last)
        followers.push({ after, follower: follow(log, after) })
      }
    }
    const callers = Promise.all(times(10).map(caller)).finally(() => {
      appending = false
    })
    await Promise.all([callers, reader()])

    expect(acknowledged.size).toBe(500)
    const end = asPosition(start + 500)
    expect((await log.bounds()).last).toBe(end)
    expect(followers.length).toBeGreaterThan(beginnings.size)
    for (const { after, follower } of followers) {
      await follower.reached(end)
      await follower.stop()
      expectGapless(follower.events, after)
      for (const event of follower.events) expect(event.d).toBe(acknowledged.get(event.position))
    }
  })

  test('[LOG-1] what has been read can be read on from, even before its append is answered', async () => {
    const { log } = store()
    const { subject } = freshEvent()
    let appending = true
    const reader = async () => {
      while (appending) {
        const event = await log.last(subject)
        if (!event) continue
        expect((await log.bounds()).last).toBeGreaterThanOrEqual(event.position)
        await follow(log, event.position).stop()
      }
    }
    const appends = async () => {
      for (let n = 0; n < 100; n++) await append(log, freshEvent(subject))
    }
    const done = appends().finally(() => {
      appending = false
    })
    await Promise.all([done, reader(), reader(), reader()])
  })

  test('[LOG-1] [LOG-7] positions go on after a restart and after a purge of everything', async () => {
    const { log, reopen } = store()
    const before = await append(log, freshEvent())
    const reopened = await reopen()
    const after = await append(reopened, freshEvent())
    expect(after.position).toBe(before.position + 1)

    await reopened.purge(after.position)
    expect(await reopened.bounds()).toEqual({ first: after.position + 1, last: after.position })
    expect(await readAll(reopened, START)).toEqual([])
    const empty = await reopen()
    expect(await empty.bounds()).toEqual({ first: after.position + 1, last: after.position })
    const next = await append(empty, freshEvent())
    expect(next.position).toBeGreaterThan(after.position)
  })

  test('[LOG-7] a purge forgets up to its position, and may be repeated', async () => {
    const { log, reopen } = store()
    const events = times(10).map(() => freshEvent())
    const { position } = await appendBatch(log, events)
    const last = asPosition(position + 9)
    const upTo = asPosition(position + 3)
    for (const purge of [upTo, upTo, asPosition(position - 1), START]) {
      await log.purge(purge)
      expect(await log.bounds()).toEqual({ first: upTo + 1, last })
    }
    for (const open of [async () => log, reopen]) {
      const one = await open()
      expect(await one.bounds()).toEqual({ first: upTo + 1, last })
      expect((await readAll(one, START)).map(({ d }) => d)).toEqual(events.slice(4).map(({ d }) => d))
      expect(await one.last(events[3]?.subject as string)).toBeUndefined()
      expect(await one.last(events[4]?.subject as string)).toMatchObject({ position: upTo + 1 })
    }
  })

  test('[LOG-7] a purge beyond the end empties the log and does not move it', async () => {
    const { log } = store()
    const { position } = await append(log, freshEvent())
    await log.purge(asPosition(position + 1_000))
    expect(await log.bounds()).toEqual({ first: position + 1, last: position })
    expect((await append(log, freshEvent())).position).toBe(position + 1)
  })

  test('[LOG-8] a jump begins a new epoch: positions go on beyond it, and cursors from before are refused', async () => {
    const { log, reopen } = store()
    const subject = freshEvent().subject
    const { position } = await append(log, freshEvent(subject))
    const live = follow(log, position)
    const next = asPosition(position + EPOCH)
    await log.jump(next)
    expect((await log.bounds()).last).toBeGreaterThanOrEqual(next - 1)
    expect(await log.last(subject)).toBeUndefined()
    const jumped = await append(log, freshEvent(subject), { expectedLast: START })
    expect(jumped.position).toBeGreaterThanOrEqual(next)
    await expect(live.ended).rejects.toThrow(/left the log/)
    for (const open of [async () => log, reopen]) {
      const one = await open()
      expect((await one.bounds()).last).toBe(jumped.position)
      await expect(follow(one, position).ended).rejects.toThrow(/left the log/)
      await expect(follow(one, asPosition(position + 5)).ended).rejects.toThrow(/left the log/)
    }
    const { log: reopened } = store()
    const following = follow(reopened, jumped.position)
    const after = await append(reopened, freshEvent())
    expect(after.position).toBe(jumped.position + 1)
    await following.reached(after.position)
    await following.stop()
  })

  test('[LOG-8] a jump back or to where the log already is, is refused and changes nothing', async () => {
    const { log } = store()
    const { position } = await append(log, freshEvent())
    const bounds = await log.bounds()
    for (const next of [START, asPosition(position - 1), position]) {
      await expect(log.jump(next)).rejects.toThrow()
    }
    expect(await log.bounds()).toEqual(bounds)
    expect((await append(log, freshEvent())).position).toBe(position + 1)
  })

  test('[LOG-10] an append on a closed log is refused, and one under way while it closes is answered as it went', async () => {
    const { log, reopen } = store()
    const start = (await log.bounds()).last
    const events = times(1_200).map(() => freshEvent())
    const answers = events.map((event) => log.append(event))
    const reopened = await reopen()
    const results = await Promise.all(answers)
    const kept = (await readAll(reopened, start)).map(({ d }) => d)
    expect(kept).toEqual(events.filter((_, index) => results[index]?.ok).map(({ d }) => d))
    for (const result of results) if (!result.ok) expect(result.error.code).toBe('refused')
    expect(await log.append(freshEvent())).toMatchObject({ error: { code: 'refused' } })
  })

  if (can.openSecond)
    test('[LOG-1] a second appender is refused while the first lives, and the first goes on', async () => {
      const { log, openSecond, reopen } = store()
      await expect(openSecond?.()).rejects.toThrow(/one appender/)
      const { position } = await append(log, freshEvent())
      const reopened = await reopen()
      expect((await append(reopened, freshEvent())).position).toBe(position + 1)
    })

  test('[LOG-10] [LOG-4] an appender that is cut off in the middle keeps what it answered, once, and invents nothing', async ({
    skip,
  }) => {
    const { log, crash } = store()
    if (!crash) return skip('this appender cannot be cut off')
    const start = (await log.bounds()).last
    const follower = follow(log, start)
    const crashes: Promise<void>[] = []
    const attempts: { events: NewEvent[]; position: Position | undefined }[] = []
    const attempted = (events: NewEvent[], position: Position | undefined) => {
      if (attempts.push({ events, position }) % 20 === 0) crashes.push(crash())
    }
    const writer = async (batchSize: number) => {
      for (let n = 0; n < 40; n++) {
        const events = times(batchSize).map(() => freshEvent())
        attempted(events, await attempt(log, events, n % 2 === 0 ? freshId() : undefined))
      }
    }
    const chain = async () => {
      const { subject } = freshEvent()
      for (let n = 0, expectedLast = START; n < 40; n++) {
        const event = freshEvent(subject)
        const id = freshId()
        let answer = await log.append(event, { id, expectedLast })
        while (!answer.ok && answer.error.code !== 'wrong_last')
          answer = await log.append(event, { id, expectedLast })
        if (!answer.ok) throw new Error(`link ${n} does not fit: ${JSON.stringify(answer.error)}`)
        expectedLast = answer.value.position
        attempted([event], expectedLast)
      }
    }
    await Promise.all([...[1, 1, 1, 2, 3].map(writer), chain()])
    await Promise.all(crashes)
    expect(crashes.length).toBe(12)

    const kept = await readAll(log, start)
    expectGapless(kept, start)
    const at = new Map(kept.map((event) => [event.d, event.position]))
    expect(at.size).toBe(kept.length)
    for (const { events, position } of attempts) {
      const found = events.map(({ d }) => at.get(d))
      const first = position ?? found[0]
      expect(found).toEqual(events.map((_, index) => first && first + index))
    }
    await follower.reached((await log.bounds()).last)
    await follower.stop()
    expect(follower.events).toEqual(kept)
  })
}

/** @returns the position when the answer was ok */
async function attempt(
  log: EventLog,
  events: NewEvent[],
  id: string | undefined,
): Promise<Position | undefined> {
  const single = events.length === 1 ? events[0] : undefined
  const result = single
    ? await log.append(single, id === undefined ? {} : { id })
    : await log.appendBatch(events, id)
  return result.ok ? result.value.position : undefined
}
