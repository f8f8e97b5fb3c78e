import { describe, expect, test } from 'vitest'
import { asPosition, type Position } from '#shared/kernel/ids.ts'
import type { NewEvent } from '#shared/protocol/events.ts'
import type { ManualClock } from '../manual-clock.ts'
import { append, appendBatch, freshEvent, freshSubject, readAll, times } from './appending.ts'
import type { Capabilities, EventLogStore } from './event-log-store.ts'
import { follow } from './follow.ts'

/** What is read is what was appended, at once and unchanged. */
export function readRules(store: () => EventLogStore, can: Capabilities): void {
  test('[LOG-6] the last event of a subject is never stale: right after each answer it is there', async () => {
    const { log } = store()
    const subjects = times(4).map(() => freshSubject())
    await Promise.all(
      subjects.map(async (subject) => {
        expect(await log.last(subject)).toBeUndefined()
        for (let n = 0; n < 50; n++) {
          const event = freshEvent(subject)
          const { position } = await append(log, event)
          expect(await log.last(subject)).toEqual({ ...event, position })
        }
      }),
    )
  })

  test('[LOG-6] events are read by subject and for all, in pages', async () => {
    const { log } = store()
    const start = (await log.bounds()).last
    const [one, other] = [freshSubject(), freshSubject()]
    const events = times(25).map((n) => freshEvent(n % 3 === 0 ? one : other))
    await appendBatch(log, events)
    const expected = events.map((event, index) => ({ ...event, position: start + 1 + index }))

    expect(await log.read({ after: start, limit: 100 })).toEqual(expected)
    expect(await log.read({ after: asPosition(start + 5), limit: 7 })).toEqual(expected.slice(5, 12))
    const ones = expected.filter(({ subject }) => subject === one)
    expect(await log.read({ after: start, limit: 100, subject: one })).toEqual(ones)
    expect(await log.read({ after: start, limit: 3, subject: one })).toEqual(ones.slice(0, 3))
    const third = ones[2]?.position as Position
    expect(await log.read({ after: third, limit: 3, subject: one })).toEqual(ones.slice(3, 6))
    expect(await log.read({ after: asPosition(start + 25), limit: 3 })).toEqual([])
    expect(await log.read({ after: start, limit: 3, subject: freshSubject() })).toEqual([])
  })

  test('[LOG-6] a subject is itself alone, not those that begin like it', async () => {
    const { log } = store()
    const subject = freshSubject()
    await append(log, freshEvent(`${subject}.m.1`))
    await append(log, freshEvent(`${subject}0`))
    expect(await log.last(subject)).toBeUndefined()
    expect(await readAll(log, asPosition(0), subject)).toEqual([])
  })

  if (can.moveTime)
    test('[LOG-7] the position at a time is that of the last event appended before it', async () => {
      const { log, reopen } = store()
      const clock = store().clock as ManualClock
      const before = (await log.bounds()).last
      clock.advance(10)
      const first = await appendBatch(log, [freshEvent(), freshEvent()])
      clock.advance(10)
      const second = await append(log, freshEvent())
      for (const open of [async () => log, reopen]) {
        const one = await open()
        const back = (ms: number) => one.positionAt(clock.now() - ms)
        expect(await back(10)).toBe(before)
        expect(await back(9)).toBe(first.position + 1)
        expect(await back(0)).toBe(first.position + 1)
        expect(await back(-1)).toBe(second.position)
      }
      const { log: reopened } = store()
      await reopened.purge(second.position)
      expect(await reopened.positionAt(clock.now() + 1)).toBe(second.position)
    })

  const texts = {
    'of characters from everywhere': 'ü 漢字 🎉 \u202e \ufeff \u2028 e\u0301',
    'with quotes, backslashes, braces and NULL': '"\\\'{},NULL\\N $1 %s',
    'with control characters': '\u0000\u0001\n\r\t\u007f',
    'with halves of surrogate pairs': '\ud800 \udc00',
    'of 1 MB': 'é"\\'.repeat(1 << 18),
    'that is empty': '',
  }
  test.for(Object.entries(texts))(
    '[LOG-9] facts and d with text %s come back as they were',
    async ([, text]) => {
      const { log } = store()
      const event: NewEvent = {
        subject: freshSubject(),
        type: 'MESSAGE_UPDATE',
        schema: 1,
        facts: {
          channel_id: '1',
          message_id: '9223372036854775807',
          author_id: '2',
          mentions: [],
          delta: { content: text, embeds: [{ z: 1, a: [null, true, -0.5, 1e21] }] },
        },
        d:
          text === ''
            ? ''
            : ` { "content" :${JSON.stringify(text)}, "n": 12345678901234567890, "é":"\\u00e9" }`,
      }
      const follower = follow(log, (await log.bounds()).last)
      const { position } = await append(log, event)
      await follower.reached(position)
      await follower.stop()
      const found = [
        await log.last(event.subject),
        ...(await log.read({ after: asPosition(position - 1), limit: 1 })),
        ...follower.events,
      ]
      expect(found).toHaveLength(3)
      for (const one of found) {
        // Not compared by the matcher, which would print a megabyte.
        expect(one?.d === event.d).toBe(true)
        expect(JSON.stringify(one?.facts) === JSON.stringify(event.facts)).toBe(true)
        expect(one).toMatchObject({ position, subject: event.subject, type: event.type, schema: 1 })
      }
    },
  )

  describe.for([
    { type: 'MESSAGE_EXPLODE', schema: 1, what: 'type' },
    { type: 'MESSAGE_CREATE', schema: 2, what: 'schema' },
    { type: 'toString', schema: 1, what: 'type that every object has' },
  ])('an event of an unknown $what', ({ type, schema }) => {
    test('[LOG-9] stops whoever reads it with an error, and is never skipped', async () => {
      const { log, plant } = store()
      const subject = freshSubject()
      const { position } = await append(log, freshEvent())
      await plant({ subject, type, schema, facts: '{}', d: '{}' })
      const opened = store().log
      const planted = asPosition(position + 1)
      await append(opened, freshEvent())
      try {
        const follower = follow(opened, asPosition(position - 1))
        await expect(follower.ended).rejects.toThrow(type)
        expect(follower.events.filter((event) => event.position >= planted)).toEqual([])
        await expect(opened.read({ after: position, limit: 10 })).rejects.toThrow(type)
        await expect(opened.last(subject)).rejects.toThrow(type)
        const beyond = await opened.read({ after: planted, limit: 10 })
        expect(beyond).toHaveLength(1)
      } finally {
        await opened.purge(planted)
      }
    })
  })
}
