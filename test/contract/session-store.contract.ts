import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asPosition } from '#shared/kernel/ids.ts'
import type { Cursor, SessionRecord, SessionStore } from '#shared/ports/session-store.ts'
import type { ManualClock } from './manual-clock.ts'

export interface SessionStoreUnderTest {
  readonly sessions: SessionStore
  /** The same store as another process has it. */
  readonly elsewhere: SessionStore
  /** The time by which records expire, where it can be moved. */
  readonly clock?: ManualClock
  /** How long a record lives after its last move. */
  readonly windowMs: number
  close(): Promise<void>
}

const cursor = (s: number, position = s * 10): Cursor => ({ s, position: asPosition(position) })

let made = 0
const record = (over: Partial<SessionRecord> = {}): SessionRecord => ({
  session_id: `session-${++made}`,
  user_id: '4611686018427387904',
  application_id: null,
  intents: 33_281,
  shard: null,
  large_threshold: 50,
  rules: 1,
  ...over,
})

/** What every store of session records promises. */
export function sessionStoreContract(
  name: string,
  open: () => Promise<SessionStoreUnderTest>,
  can = { moveTime: true },
): void {
  describe(`session store: ${name}`, () => {
    let sessions: SessionStore
    let elsewhere: SessionStore
    let opened: SessionStoreUnderTest
    beforeAll(async () => {
      opened = await open()
      ;({ sessions, elsewhere } = opened)
    })
    afterAll(() => opened.close())

    const cursorOf = async ({ session_id }: SessionRecord) => (await sessions.read(session_id))?.cursor
    const move = (kept: SessionRecord, ...cursors: Cursor[]) =>
      sessions.move(cursors.map((to) => ({ session_id: kept.session_id, cursor: to })))

    test('a record is read as it was created', async () => {
      const person = record()
      const bot = record({ user_id: '9', application_id: '9', intents: 0, shard: [3, 16], rules: 7 })
      // After a jump positions are beyond 2^40.
      const far = cursor(2 ** 31, 2 ** 41 + 3)
      await sessions.create(person, cursor(3))
      await sessions.create(bot, far)
      expect(await sessions.read(person.session_id)).toEqual({ record: person, cursor: cursor(3) })
      expect(await sessions.read(bot.session_id)).toEqual({ record: bot, cursor: far })
    })

    test('ids that were never created, or look like a query, are unknown', async () => {
      for (const id of [
        '',
        'unknown',
        `session-${made}'--`,
        '%',
        '*',
        '>',
        '../x',
        'ü 🎉',
        'x'.repeat(4_096),
      ]) {
        expect(await sessions.read(id)).toBeUndefined()
        await sessions.remove(id)
      }
    })

    test('creating again replaces the record as a whole, the cursor too', async () => {
      const first = record({ shard: [0, 2] })
      await sessions.create(first, cursor(50))
      const second = record({ session_id: first.session_id, user_id: '8', application_id: '7', intents: 1 })
      await sessions.create(second, cursor(2))
      expect(await sessions.read(first.session_id)).toEqual({ record: second, cursor: cursor(2) })
      await sessions.removeOfUser(first.user_id)
      expect(await cursorOf(first)).toEqual(cursor(2))
    })

    test('who has any record is there, until all are removed', async () => {
      const [one, other] = [record({ user_id: '41' }), record({ user_id: '41' })]
      expect(await elsewhere.hasAny('41')).toBe(false)
      for (const kept of [one, other]) await sessions.create(kept, cursor(1))
      expect(await elsewhere.hasAny('41')).toBe(true)
      expect(await elsewhere.hasAny('4')).toBe(false)
      await sessions.remove(one.session_id)
      expect(await elsewhere.hasAny('41')).toBe(true)
      await elsewhere.remove(other.session_id)
      expect(await sessions.hasAny('41')).toBe(false)
    })

    test('what a session said last of itself is in its record, wherever its cursor is', async () => {
      const presence = {
        status: 'dnd',
        activities: [{ name: 'Custom Status', type: 4, state: 'a\u0000\ud800🎉' }],
        since: null,
        afk: false,
      } as const
      const kept = record()
      await sessions.create(kept, cursor(5))
      await sessions.keepPresence(kept.session_id, { ...presence, status: 'idle' })
      await move(kept, cursor(9))
      await elsewhere.keepPresence(kept.session_id, presence)
      await move(kept, cursor(12))
      const read = await elsewhere.read(kept.session_id)
      expect(read).toEqual({ record: { ...kept, presence }, cursor: cursor(12) })
      await sessions.remove(kept.session_id)
      for (const id of [kept.session_id, 'unknown']) {
        await sessions.keepPresence(id, presence)
        expect(await sessions.read(id)).toBeUndefined()
      }
    })

    test('a cursor moves forward and never back', async () => {
      const kept = record()
      await sessions.create(kept, cursor(5))
      await move(kept, cursor(9))
      expect(await cursorOf(kept)).toEqual(cursor(9))
      await move(kept, cursor(7))
      await move(kept, cursor(9))
      expect(await cursorOf(kept)).toEqual(cursor(9))
      expect(await sessions.read(kept.session_id)).toEqual({ record: kept, cursor: cursor(9) })
    })

    test('a cursor moves past events that its session did not get', async () => {
      const kept = record()
      await sessions.create(kept, cursor(5, 50))
      await move(kept, cursor(5, 900))
      expect(await cursorOf(kept)).toEqual(cursor(5, 900))
    })

    test('many cursors move at once, and the largest of one session counts', async () => {
      const many = Array.from({ length: 300 }, () => record())
      await Promise.all(many.map((one) => sessions.create(one, cursor(1))))
      const moves = many.map(({ session_id }, index) => ({ session_id, cursor: cursor(index + 2) }))
      const again = [4, 9, 6].map((s) => ({ session_id: many[0]?.session_id as string, cursor: cursor(s) }))
      await sessions.move([...again, ...moves])
      expect(await Promise.all(many.map(cursorOf))).toEqual([
        cursor(9),
        ...moves.slice(1).map((one) => one.cursor),
      ])
      await sessions.move([])
    })

    test('moves at once from several processes leave the largest', async () => {
      const kept = record()
      await sessions.create(kept, cursor(1))
      const order = Array.from({ length: 40 }, (_, index) => ((index * 17) % 40) + 2)
      await Promise.all(order.map((s) => move(kept, cursor(s))))
      expect(await cursorOf(kept)).toEqual(cursor(41))
    })

    test('a move does not bring back what is unknown or was removed', async () => {
      const [removed, never, other] = [record(), record(), record()]
      await sessions.create(removed, cursor(1))
      await sessions.create(other, cursor(1))
      await sessions.remove(removed.session_id)
      await sessions.move(
        [removed, never, other].map(({ session_id }) => ({ session_id, cursor: cursor(2) })),
      )
      expect(await cursorOf(removed)).toBeUndefined()
      expect(await cursorOf(never)).toBeUndefined()
      expect(await cursorOf(other)).toEqual(cursor(2))
    })

    test('what one process moved, another sees and does not move back', async () => {
      const kept = record()
      await sessions.create(kept, cursor(1))
      const moves = (s: number) => [{ session_id: kept.session_id, cursor: cursor(s) }]
      await elsewhere.move(moves(5))
      await sessions.move(moves(3))
      expect(await cursorOf(kept)).toEqual(cursor(5))
      await sessions.move(moves(7))
      await elsewhere.move(moves(6))
      expect(await elsewhere.read(kept.session_id)).toEqual({ record: kept, cursor: cursor(7) })
      await elsewhere.remove(kept.session_id)
      await sessions.move(moves(8))
      expect(await cursorOf(kept)).toBeUndefined()
    })

    const removals = {
      'of a session': (store: SessionStore, { session_id }: SessionRecord) => store.remove(session_id),
      'of all of a user': (store: SessionStore, { user_id }: SessionRecord) => store.removeOfUser(user_id),
    }
    test.for(Object.entries(removals))(
      'a removal %s and moves at once leave nothing, wherever they come from',
      async ([, remove]) => {
        for (let round = 0; round < 25; round++) {
          const gone = record({ user_id: `31${round}` })
          await sessions.create(gone, cursor(1))
          if (round % 2 === 0) await elsewhere.read(gone.session_id)
          const moving = async (store: SessionStore, from: number) => {
            for (let s = from; s < from + 10; s++)
              await store.move([{ session_id: gone.session_id, cursor: cursor(s) }])
          }
          const remover = round % 3 === 0 ? sessions : elsewhere
          const moves = [moving(sessions, 2), moving(elsewhere, 5)]
          if (round % 5 > 2) await sessions.move([{ session_id: gone.session_id, cursor: cursor(3) }])
          await Promise.all([...moves, remove(remover, gone)])
          expect(await sessions.read(gone.session_id)).toBeUndefined()
          expect(await elsewhere.read(gone.session_id)).toBeUndefined()
        }
      },
    )

    test('a session is removed alone, and again without harm; a user loses all and nobody else does', async () => {
      const [one, two, three] = [
        record({ user_id: '21' }),
        record({ user_id: '21' }),
        record({ user_id: '21' }),
      ]
      const other = record({ user_id: '210' })
      for (const each of [one, two, three, other]) await sessions.create(each, cursor(1))
      await sessions.remove(one.session_id)
      await sessions.remove(one.session_id)
      expect(await cursorOf(one)).toBeUndefined()
      expect(await cursorOf(two)).toEqual(cursor(1))
      await sessions.removeOfUser('21')
      await sessions.removeOfUser('21')
      expect(await cursorOf(two)).toBeUndefined()
      expect(await cursorOf(three)).toBeUndefined()
      expect(await cursorOf(other)).toEqual(cursor(1))
      await sessions.create(one, cursor(4))
      expect(await cursorOf(one)).toEqual(cursor(4))
    })

    if (can.moveTime)
      test('a record lives for the window after its last move, and is gone then for good', async () => {
        const { windowMs } = opened
        const clock = opened.clock as ManualClock
        const [idle, moved, renewed] = [record(), record(), record()]
        for (const each of [idle, moved, renewed]) await sessions.create(each, cursor(5))
        clock.advance(windowMs - 1)
        expect(await cursorOf(idle)).toEqual(cursor(5))
        await move(moved, cursor(6))
        await move(renewed, cursor(4))
        clock.advance(2)
        expect(await cursorOf(idle)).toBeUndefined()
        expect(await cursorOf(moved)).toEqual(cursor(6))
        expect(await cursorOf(renewed)).toEqual(cursor(5))

        await move(idle, cursor(7))
        expect(await cursorOf(idle)).toBeUndefined()
        await sessions.create(record(), cursor(1))
        expect(await cursorOf(moved)).toEqual(cursor(6))
        clock.advance(windowMs)
        expect(await cursorOf(moved)).toBeUndefined()
        expect(await cursorOf(renewed)).toBeUndefined()
      })
  })
}
