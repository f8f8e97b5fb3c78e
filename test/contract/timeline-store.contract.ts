import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { PageAnchor, TimelineStore } from '#shared/ports/timeline-store.ts'
import {
  clearEmoji,
  clearReactions,
  create,
  edit,
  freshId,
  freshPlace,
  type Place,
  react,
  remove,
  removeBulk,
  renameGuild,
  unreact,
} from './message-events.ts'
import { TimelineModel } from './timeline-model.ts'
import { EMOJI, eventsOf, scripts } from './timeline-scripts.ts'

export interface TimelineStoreUnderTest {
  readonly timeline: TimelineStore
  close(): Promise<void>
}

const VIEWER = '5'
const NEWEST = '9223372036854775807'
/** Beyond 32 bits, as after a jump. */
const EPOCH = 2 ** 41
const SEED = 3

/** What every timeline promises. Each test has channels of its own. */
export function timelineStoreContract(name: string, open: () => Promise<TimelineStoreUnderTest>): void {
  describe(`timeline store: ${name}`, () => {
    let timeline: TimelineStore
    let opened: TimelineStoreUnderTest
    beforeAll(async () => {
      opened = await open()
      timeline = opened.timeline
    })
    afterAll(() => opened.close())

    const get = (place: Place, viewer = VIEWER) => timeline.get(place.channel, place.message, viewer)

    test(`[PRJ-1] any order and any repetition of events gives what the log says (seed ${SEED})`, async () => {
      await fc.assert(
        fc.asyncProperty(scripts, async ({ steps, order, chunk }) => {
          const channel = freshId()
          const places = [freshPlace(channel), freshPlace(channel), freshPlace(channel)] as const
          const events = eventsOf(steps, EPOCH, [...places])
          const shuffled = order.map((index) => events[index] as LogEvent)
          // As the api and the indexer do: both apply, neither waits.
          await Promise.all([
            (async () => {
              for (let from = 0; from < shuffled.length; from += chunk) {
                await timeline.apply(shuffled.slice(from, from + chunk))
              }
            })(),
            timeline.apply([...shuffled].reverse()),
          ])

          const model = new TimelineModel(events)
          expect(await timeline.page(channel, { before: NEWEST }, 100, VIEWER)).toEqual(model.all(VIEWER))
          for (const { message } of places) {
            for (const emoji of EMOJI) {
              expect(await timeline.reactors(channel, message, emoji, '0', 100)).toEqual(
                model.reactors(message, emoji),
              )
            }
          }
        }),
        { numRuns: 60, seed: SEED },
      )
    })

    test.for([
      {
        what: 'deleted alone',
        deletion: (at: number, { message, channel }: Place) => remove(at, { message, channel }),
      },
      {
        what: 'deleted in bulk',
        deletion: (at: number, { message, channel }: Place) => removeBulk(at, channel, [message]),
      },
    ])(
      '[PRJ-2] nothing that comes late or again brings back a message that was $what',
      async ({ deletion }) => {
        const place = freshPlace()
        const other = freshPlace(place.channel)
        const late = [
          create(1, place),
          edit(9, place, { content: 'late' }),
          react(10, place, '6', '👍'),
          create(11, place),
        ]
        for (const events of [
          [deletion(5, place), ...late],
          [...late, deletion(5, place), ...late],
        ]) {
          await timeline.apply([create(2, other), ...events])
          expect(await get(place)).toBeUndefined()
          expect(await timeline.page(place.channel, { before: NEWEST }, 10, VIEWER)).toMatchObject([
            { id: other.message },
          ])
          expect(await timeline.reactors(place.channel, place.message, '👍', '0', 10)).toEqual([])
        }
      },
    )

    test('[PRJ-2] a bulk deletion deletes each of its messages, known or not, named once or twice', async () => {
      const channel = freshId()
      const [one, two, kept, unknown] = [1, 2, 3, 4].map(() => freshPlace(channel)) as [
        Place,
        Place,
        Place,
        Place,
      ]
      await timeline.apply([create(1, one), create(2, two), create(3, kept)])
      const ids = [one.message, two.message, one.message, unknown.message]
      await timeline.apply([removeBulk(4, channel, ids), create(5, unknown)])
      expect(await timeline.page(channel, { before: NEWEST }, 10, VIEWER)).toMatchObject([
        { id: kept.message },
      ])
      await timeline.apply([removeBulk(6, channel, [])])
    })

    test('bulk deletions of the same messages at once, in different orders, do not block each other', async () => {
      const channel = freshId()
      const ids = Array.from({ length: 100 }, () => freshId())
      const orders = [ids, [...ids].reverse(), [...ids.slice(50), ...ids.slice(0, 50)]]
      await Promise.all(
        [...orders, ...orders].map((order) => timeline.apply([removeBulk(1, channel, order)])),
      )
      await timeline.apply([create(2, { channel, message: ids[0] as string })])
      expect(await timeline.page(channel, { before: NEWEST }, 10, VIEWER)).toEqual([])
    })

    test('[PRJ-1] a message without its beginning is left out until that comes', async () => {
      const place = freshPlace()
      const parts = [
        edit(2, place, { content: 'edited', flags: 4 }),
        react(3, place, '6', '👍'),
        clearEmoji(4, place, '❤️'),
        react(5, place, '5', '❤️'),
      ]
      for (const part of parts) {
        await timeline.apply([part])
        expect(await get(place)).toBeUndefined()
        expect(await timeline.page(place.channel, { around: place.message }, 10, VIEWER)).toEqual([])
        expect(await timeline.many([{ channelId: place.channel, messageId: place.message }], VIEWER)).toEqual(
          [],
        )
        expect(await timeline.reactors(place.channel, place.message, '👍', '0', 10)).toEqual([])
      }
      await timeline.apply([create(1, place, 'first')])
      expect(await get(place)).toMatchObject({
        content: 'edited',
        flags: 4,
        reactions: [
          { emoji: '👍', count: 1, me: false },
          { emoji: '❤️', count: 1, me: true },
        ],
      })
    })

    test('[PRJ-1] an edit changes the fields it names, each to the value of the largest position', async () => {
      const place = freshPlace()
      await timeline.apply([
        create(1, place, 'first'),
        edit(4, place, { content: 'fourth', embeds: [{ title: 'kept' }] }),
        edit(3, place, { content: 'third', flags: 4, edited_timestamp: '2026-01-02T03:04:05.678000+00:00' }),
        edit(2, place, { flags: 2, embeds: [] }),
      ])
      const message = await get(place)
      expect(message).toEqual({
        ...JSON.parse(create(1, place).d),
        content: 'fourth',
        embeds: [{ title: 'kept' }],
        flags: 4,
        edited_timestamp: '2026-01-02T03:04:05.678000+00:00',
        reactions: [],
      })
      await timeline.apply([edit(5, place, { edited_timestamp: null, content: '', flags: undefined })])
      expect(await get(place)).toMatchObject({ edited_timestamp: null, content: '', flags: 4 })
    })

    const texts = ['ü 漢字 🎉 \u202e', '"\\\'{}%$1', '\u0000 \u0001', '\ud800 half', 'x'.repeat(4_000)]
    test.for(texts.map((text) => ({ text })))(
      'content comes back as it was written: $text',
      async ({ text }) => {
        const [created, edited] = [freshPlace(), freshPlace()]
        const embeds = [{ zebra: 1, apple: [null, true, -0.5, 1e21, '12345678901234567890'], text }]
        await timeline.apply([
          create(1, created, text),
          create(2, edited),
          edit(3, edited, { content: text, embeds }),
        ])
        expect((await get(created))?.content === text).toBe(true)
        const message = await get(edited)
        expect(message?.content === text).toBe(true)
        expect(JSON.stringify(message?.embeds)).toBe(JSON.stringify(embeds))
      },
    )

    test('[PRJ-3] reactions are counted exactly, each emoji where it was first used, with the viewer told apart', async () => {
      const place = freshPlace()
      const users = Array.from({ length: 30 }, (_, index) => String(index + 1))
      await timeline.apply([
        create(1, place),
        react(2, place, '9', '❤️'),
        ...users.map((user, index) => react(10 + index, place, user, '👍')),
        ...users.slice(0, 10).map((user, index) => unreact(50 + index, place, user, '👍')),
        react(60, place, '3', '👍'),
        unreact(61, place, '77', '👍'),
      ])
      const seenBy = async (viewer: string) => (await get(place, viewer))?.reactions
      const hearts = { emoji: '❤️', count: 1 }
      const thumbs = { emoji: '👍', count: 21 }
      expect(await seenBy('9')).toEqual([
        { ...hearts, me: true },
        { ...thumbs, me: false },
      ])
      expect(await seenBy('3')).toEqual([
        { ...hearts, me: false },
        { ...thumbs, me: true },
      ])
      expect(await seenBy('99')).toEqual([
        { ...hearts, me: false },
        { ...thumbs, me: false },
      ])
      await timeline.apply([clearEmoji(70, place, '👍'), react(71, place, '4', '👍')])
      expect(await seenBy('3')).toEqual([
        { ...hearts, me: false },
        { emoji: '👍', count: 1, me: false },
      ])
      await timeline.apply([clearReactions(72, place)])
      expect(await seenBy('3')).toEqual([])
    })

    test('[PRJ-3] an emoji that nobody uses any more is where it is used next', async () => {
      const place = freshPlace()
      await timeline.apply([
        create(1, place),
        react(2, place, '6', '👍'),
        unreact(3, place, '6', '👍'),
        react(4, place, '7', '❤️'),
        react(5, place, '8', '👍'),
      ])
      expect((await get(place))?.reactions.map(({ emoji }) => emoji)).toEqual(['❤️', '👍'])
    })

    test('the users of a reaction are paged in id order', async () => {
      const place = freshPlace()
      const users = ['2', '10', '9', '100000000000000000', '99999999999999999', '4611686018427387904']
      const inOrder = ['2', '9', '10', '99999999999999999', '100000000000000000', '4611686018427387904']
      await timeline.apply([
        create(1, place),
        ...users.map((user, index) => react(2 + index, place, user, '👍')),
      ])
      const page = (after: string, limit: number, emoji = '👍') =>
        timeline.reactors(place.channel, place.message, emoji, after, limit)
      expect(await page('0', 100)).toEqual(inOrder)
      expect(await page('0', 2)).toEqual(['2', '9'])
      expect(await page('9', 2)).toEqual(['10', '99999999999999999'])
      expect(await page('11', 100)).toEqual(inOrder.slice(3))
      expect(await page('4611686018427387904', 100)).toEqual([])
      expect(await page('0', 100, '❤️')).toEqual([])
      await timeline.apply([unreact(20, place, '9', '👍')])
      expect(await page('2', 2)).toEqual(['10', '99999999999999999'])
    })

    test('many messages of many channels are read at once, in the order asked for', async () => {
      const places = [freshPlace(), freshPlace(), freshPlace(), freshPlace()] as const
      const [one, two, gone, other] = places
      await timeline.apply([...places.map((place, index) => create(index + 1, place)), remove(9, gone)])
      await timeline.apply([react(10, two, VIEWER, '👍')])
      const ask = (...asked: Place[]) =>
        timeline.many(
          asked.map(({ channel, message }) => ({ channelId: channel, messageId: message })),
          VIEWER,
        )
      const found = await ask(two, freshPlace(), gone, one)
      expect(found.map(({ id }) => id)).toEqual([two.message, one.message])
      expect(found[0]?.reactions).toEqual([{ emoji: '👍', count: 1, me: true }])
      expect(await ask({ channel: one.channel, message: other.message })).toEqual([])
      expect(await ask()).toEqual([])
    })

    test('a message is only in its own channel', async () => {
      const place = freshPlace()
      await timeline.apply([create(1, place)])
      expect(await timeline.get(freshId(), place.message, VIEWER)).toBeUndefined()
      expect(await timeline.page(freshId(), { around: place.message }, 10, VIEWER)).toEqual([])
    })

    test('events that are no messages are ignored', async () => {
      await timeline.apply([renameGuild(1)])
      await timeline.apply([])
    })

    test(`[PRJ-3] pages before, after and around any id, of 1 to 100, are those of the whole list (seed ${SEED})`, async () => {
      const channel = freshId()
      const ids = Array.from({ length: 240 }, () => freshId())
      const missing = [3, 4, 5, 100, 238]
      const events = ids.map((message, index) => create(index + 1, { channel, message }, `message ${index}`))
      events.push(...missing.map((index) => remove(500 + index, { channel, message: ids[index] as string })))
      await timeline.apply(events)
      const model = new TimelineModel(events)
      const near = fc.oneof(
        fc.constantFrom(...ids, ids[0] as string, ids[239] as string, ids[4] as string),
        fc.constantFrom('0', '1', NEWEST, String(BigInt(ids[120] as string) + 1n)),
      )
      const anchors: fc.Arbitrary<PageAnchor> = fc.oneof(
        near.map((before) => ({ before })),
        near.map((after) => ({ after })),
        near.map((around) => ({ around })),
      )
      const limits = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1, 2, 3, 50, 99, 100))
      await fc.assert(
        fc.asyncProperty(anchors, limits, async (anchor, limit) => {
          const page = await timeline.page(channel, anchor, limit, VIEWER)
          expect(page).toEqual(model.page(anchor, limit, VIEWER))
        }),
        { numRuns: 300, seed: SEED },
      )
    })

    test(`[PRJ-3] pages of a channel that was idle for years are those of the whole list (seed ${SEED})`, async () => {
      const channel = freshId()
      const on = (day: number) => String(BigInt(freshId()) + (BigInt(day * 86_400_000) << 22n))
      const days = [0, 0, 1, 9, 10, 11, 40, 41, 400, 1_000, 1_000, 1_001, 2_500, 2_510, 2_520, 3_650, 3_650]
      const ids = days.map(on)
      const events = ids.map((message, index) => create(index + 1, { channel, message }, `message ${index}`))
      const gone = days.flatMap((day, index) => (day === 40 || day === 41 ? [ids[index] as string] : []))
      events.push(removeBulk(100, channel, gone))
      await timeline.apply(events)
      const model = new TimelineModel(events)
      const near = fc.constantFrom(...ids, ...[5, 45, 700, 2_505, 5_000].map(on), '0', NEWEST)
      const anchors: fc.Arbitrary<PageAnchor> = fc.oneof(
        near.map((before) => ({ before })),
        near.map((after) => ({ after })),
        near.map((around) => ({ around })),
      )
      await fc.assert(
        fc.asyncProperty(anchors, fc.integer({ min: 1, max: 20 }), async (anchor, limit) => {
          const page = await timeline.page(channel, anchor, limit, VIEWER)
          expect(page).toEqual(model.page(anchor, limit, VIEWER))
        }),
        { numRuns: 100, seed: SEED },
      )
      const asked = [...ids].reverse().map((messageId) => ({ channelId: channel, messageId }))
      expect(await timeline.many(asked, VIEWER)).toEqual(model.all(VIEWER))
    })

    test('[PRJ-3] pages reach over any number of deleted messages', async () => {
      const channel = freshId()
      const ids = Array.from({ length: 1_500 }, () => freshId())
      await timeline.apply(ids.map((message, index) => create(index + 1, { channel, message })))
      await timeline.apply([removeBulk(2_000, channel, ids.slice(1, -1))])
      const shown = [{ id: ids.at(-1) }, { id: ids[0] }]
      expect(await timeline.page(channel, { before: NEWEST }, 3, VIEWER)).toMatchObject(shown)
      expect(await timeline.page(channel, { after: '0' }, 2, VIEWER)).toMatchObject(shown)
      expect(await timeline.page(channel, { around: ids[700] as string }, 5, VIEWER)).toMatchObject(shown)
    })

    test('a scan has every message that is shown, as it is shown, and once', async () => {
      const channel = freshId()
      const places = Array.from({ length: 1_100 }, () => freshPlace(channel))
      const [changed, gone, ...rest] = places as [Place, Place, ...Place[]]
      await timeline.apply(places.map((place, index) => create(index + 1, place, `message ${index}`)))
      await timeline.apply([edit(2_000, changed, { content: 'changed' }), remove(2_001, gone)])
      const found: string[] = []
      for await (const page of timeline.scan())
        for (const message of page)
          if (message.channel_id === channel) found.push(`${message.id} ${message.content}`)
      const expected = [
        `${changed.message} changed`,
        ...rest.map(({ message }, index) => `${message} message ${index + 2}`),
      ]
      expect(found.sort()).toEqual(expected.sort())
    })
  })
}
