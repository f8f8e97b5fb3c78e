import { asPosition, asSnowflake } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { hashToken } from '#shared/protocol/tokens.ts'
import { raiseHeads, readHeads } from '#shared/store/channel-heads.ts'
import { readConversationAt } from '#shared/store/conversation-store.ts'
import { readGuildAt } from '#shared/store/guild-store.ts'
import { readIdentity } from '#shared/store/identity-store.ts'
import { addMentions, keepMentions } from '#shared/store/mentions.ts'
import { versionBefore } from '#shared/store/outbox-base.ts'
import { countUnappended, purgeableUpTo, purgeOutbox } from '#shared/store/outbox-retention.ts'
import { readPersonalState } from '#shared/store/personal-state.ts'
import { Projections } from '#shared/store/projections.ts'
import { readByWriting } from '#shared/store/read-states.ts'
import { readRelationships } from '#shared/store/relationships.ts'
import { takeSlowModeTurn } from '#shared/store/slow-mode.ts'
import { writeUsers } from '#shared/store/user-writer.ts'
import type { Step } from './endpoint-calls.ts'
import type { Known } from './known.ts'
import { type Side, tokenOf } from './side.ts'

const PROJECTIONS = ['timeline', 'channel_heads', 'log'] as const

/** Calls of what gateways, indexers and relays do with the store, and of faults of the log, by weight. */
export function storeCalls(known: Known): readonly (readonly [weight: number, make: () => Step])[] {
  /** Arguments are drawn once, for both sides. */
  const step = <A, B>(
    name: string,
    draw: () => readonly [A, B],
    run: (side: Side, a: A, b: B) => Promise<unknown>,
  ): (() => Step) => {
    return () => {
      const [a, b] = draw()
      return { name, run: (side) => run(side, a, b) }
    }
  }
  const position = () => asPosition(known.below(100))
  const projection = () => [known.one(PROJECTIONS), position()] as const
  const channels = () => [known.channel(), known.direct()]
  const real = <T>(side: Side, names: T): T => side.names.given(names) as T
  return [
    [
      6,
      step(
        'readGuildAt',
        () => [known.guild().id, known.below(40)],
        ({ database, names }, id, version) => readGuildAt(database.db, names.given(id) as string, version),
      ),
    ],
    [
      2,
      step(
        'readConversationAt',
        () => [known.direct(), known.below(3)],
        async ({ database, names }, id, version) => {
          const state = await readConversationAt(database.db, names.given(id) as string, version)
          return state && { ...state, heads: [...state.heads] }
        },
      ),
    ],
    [
      8,
      step(
        'readIdentity',
        () => [known.person(), position()],
        ({ database }, user, head) => readIdentity(database.pool, hashToken(tokenOf(user)), head),
      ),
    ],
    [
      1,
      step(
        'readRelationships',
        () => [known.person(), 0],
        ({ database }, user) => readRelationships(database.db, user),
      ),
    ],
    [
      1,
      step(
        'readPersonalState',
        () => [known.person(), channels()],
        async (side, user, conversations) => {
          const places = { since: new Map(), targets: [], conversationIds: real(side, conversations) }
          const state = await readPersonalState(side.database.pool, user, places, asPosition(50))
          return { ...state, heads: [...state.heads] }
        },
      ),
    ],
    [
      3,
      step(
        'versionBefore',
        () => [known.guild().id, position()],
        (side, id, before) =>
          versionBefore(side.database.db, { kind: 'guild', id: asSnowflake(real(side, id)) }, before),
      ),
    ],
    [
      2,
      step('confirm', projection, (side, name, at) => new Projections(side.database.pool).confirm(name, at)),
    ],
    [1, step('position', projection, (side, name) => new Projections(side.database.pool).position(name))],
    [
      2,
      step(
        'raiseHeads',
        () => [channels(), known.guild().id],
        (side, ids, last) =>
          raiseHeads(side.database.pool, new Map(real(side, ids).map((id) => [id, real(side, last)]))),
      ),
    ],
    [
      2,
      step(
        'readHeads',
        () => [channels(), 0],
        (side, ids) => readHeads(side.database.pool, real(side, ids)),
      ),
    ],
    [
      2,
      step(
        'takeSlowModeTurn',
        () => [known.channel(), known.chance(0.5)],
        async (side, channel, long) => {
          const slowMode = { channelId: real(side, channel), seconds: long ? 600 : 0 }
          return Math.ceil((await takeSlowModeTurn(side.database.pool, slowMode, '1001')) / 600)
        },
      ),
    ],
    [
      2,
      step(
        'updateUser',
        () => [known.person(), known.chance(0.2)],
        (side, user, taken) => {
          const values = taken ? { username: 'USER-1002' } : { global_name: `name of ${user}` }
          return writeUsers(side.database.db, side.appender, [user], async (users) =>
            ok(await users.update(user, values)),
          )
        },
      ),
    ],
    [
      1,
      step(
        'ban',
        () => [known.guild().id, known.person()],
        (side, guild, user_id) =>
          side.database.db
            .insertInto('bans')
            .values({ guild_id: real(side, guild), user_id })
            .onConflict((on) => on.doNothing())
            .returningAll()
            .execute(),
      ),
    ],
    [
      1,
      step(
        'pin',
        () => [known.channel(), known.guild().id],
        async ({ database: { db }, names }, channel, message) => {
          const [channel_id, message_id] = names.given([channel, message]) as [string, string]
          const pinned = new Date(0)
          const pin = db.insertInto('pins').values({ channel_id, message_id, pinned_at: pinned })
          await pin.onConflict((on) => on.doNothing()).execute()
          return db.selectFrom('pins').selectAll().where('message_id', 'in', [message_id, '7']).execute()
        },
      ),
    ],
    [
      3,
      step(
        'mentions',
        () => [known.person(), [String(known.below(20)), known.chance(0.8), known.chance(0.5)] as const],
        async ({ database: { db, pool } }, userId, [id, isThere, keeps]) => {
          const marks = new Projections(pool)
          const mark = await marks.position('mentions')
          const upTo = asPosition(mark + 1)
          const mention = { message_id: id, channel_id: '7', author_id: userId, position: upTo }
          const mentions = ['8', '9'].map((target_id) => ({ ...mention, target_id }))
          const own = [{ userId, channelId: '7', messageId: id }]
          const from = asPosition(isThere ? mark : mark + 1)
          const added = await addMentions(db, { from, upTo }, { mentions, own })
          await db.transaction().execute(async (tx) => {
            await keepMentions(tx, id, keeps ? ['9'] : [])
            await readByWriting(tx, { userId, channelId: '7', messageId: String(Number(id) + 1) })
          })
          return [added, await marks.confirm('mentions', upTo)]
        },
      ),
    ],
    [
      2,
      step(
        'the log goes or comes',
        () => [known.chance(0.2), 0],
        async (side, refuses) => {
          side.log.refuses = refuses
        },
      ),
    ],
    [
      3,
      step(
        'sweep',
        () => [known.chance(0.8) ? 200 : 0, 0],
        async (side, limit) => {
          const left = await side.appender.waiting(-60_000, limit)
          const text = (one: unknown) => side.names.readable(one)
          const inOrder = left.toSorted((a, b) => (text(a) < text(b) ? -1 : 1))
          for (const one of inOrder) await side.appender.append(one)
          return inOrder
        },
      ),
    ],
    [
      1,
      step(
        'countUnappended',
        () => [0, 0],
        (side) => countUnappended(side.database.db),
      ),
    ],
    [
      1,
      step(
        'retention',
        () => [known.chance(0.3), 0],
        async (side, purges) => {
          const limit = await purgeableUpTo(side.database.db, async () => asPosition(5))
          if (purges) await purgeOutbox(side.database.db, asPosition(Math.min(limit, 30)))
          return limit
        },
      ),
    ],
  ]
}
