import { describe, expect, test } from 'vitest'
import type { Member } from '#shared/domain/guild/entities.ts'
import { BucketMap } from '#shared/kernel/bucket-map.ts'
import { asSnowflake } from '#shared/kernel/ids.ts'
import type { RequestMembersFrame } from '#shared/protocol/gateway-frame.ts'
import { Intent } from '#shared/protocol/intents.ts'
import { roomKey } from '../rooms/rooms.ts'
import type { GatewayCore } from './gateway-core.ts'
import { memberChunks } from './member-chunks.ts'
import type { Session } from './session.ts'

const GUILD = asSnowflake('1000000000000000000')
const id = (n: number) => String(1_100_000_000_000_000_000n + BigInt(n))

const member = (n: number): Member => ({
  user: {
    id: id(n),
    username: `member_${n}`,
    global_name: n === 7 ? 'Zoë' : null,
    avatar: null,
    banner: null,
    accent_color: null,
    bot: false,
    public_flags: 0,
  },
  nick: n === 8 ? 'zorro' : null,
  avatar: null,
  roles: [],
  joined_at: '2026-01-01T00:00:00.000000+00:00',
  deaf: false,
  mute: false,
  flags: 0,
  communication_disabled_until: null,
})

interface Chunk {
  guild_id: string
  members: { user: { id: string } }[]
  chunk_index: number
  chunk_count: number
  not_found?: string[]
  presences?: { user: { id: string } }[]
  nonce?: string
}

/** What a session in a guild of `size` members is answered. */
function chunks(
  size: number,
  request: Partial<RequestMembersFrame>,
  intents: number = Intent.GUILDS | Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES,
): Chunk[] {
  const members = BucketMap.from(Array.from({ length: size }, (_, n) => [id(n), member(n)] as const))
  const core = {
    clock: { monotonic: () => 0 },
    presences: { get: (user: string) => (user === id(1) ? { user_id: user, status: 'idle' } : undefined) },
  }
  const session = {
    view: { userId: id(0), intents },
    wholeLists: new Map(),
    rooms: new Map([[roomKey('guild', GUILD), { state: { members } }]]),
  }
  const frame: RequestMembersFrame = {
    kind: 'request_members',
    guildId: GUILD,
    by: { query: '', limit: 0 },
    presences: false,
    nonce: undefined,
    ...request,
  }
  return [...memberChunks(core as unknown as GatewayCore, session as unknown as Session, frame)].map(
    (made) => JSON.parse(made.withSequence(1).toString()).d,
  )
}

const idsOf = (answer: Chunk[]) => answer.flatMap(({ members }) => members.map(({ user }) => user.id))

describe('the whole list', () => {
  test.for([
    [1, [1]],
    [999, [999]],
    [1_000, [1_000]],
    [1_001, [1_000, 1]],
    [2_500, [1_000, 1_000, 500]],
    [3_000, [1_000, 1_000, 1_000]],
  ] as const)('of %i members comes in chunks of exactly a thousand but for the last', ([size, sizes]) => {
    const answer = chunks(size, { nonce: 'mine' })
    expect(answer.map(({ members }) => members.length)).toEqual(sizes)
    expect(answer.map(({ chunk_index }) => chunk_index)).toEqual(sizes.map((_, n) => n))
    for (const { guild_id, chunk_count, nonce } of answer)
      expect([guild_id, chunk_count, nonce]).toEqual([GUILD, sizes.length, 'mine'])
    expect(new Set(idsOf(answer)).size).toBe(size)
  })

  test('is given only with the intent: without it one empty chunk', () => {
    expect(chunks(10, {}, Intent.GUILDS)).toEqual([
      { guild_id: GUILD, members: [], chunk_index: 0, chunk_count: 1 },
    ])
  })
})

test('by prefix of user name, display name or nickname, at most a hundred', () => {
  expect(idsOf(chunks(20, { by: { query: 'ZO', limit: 10 } }))).toEqual([id(7), id(8)])
  expect(idsOf(chunks(500, { by: { query: 'member_', limit: 0 } }))).toHaveLength(100)
  expect(idsOf(chunks(500, { by: { query: '', limit: 3 } }))).toHaveLength(3)
  expect(chunks(5, { by: { query: 'nobody', limit: 5 } })).toMatchObject([{ members: [], chunk_count: 1 }])
})

test('by ids, naming those that are not there', () => {
  const [answer, ...more] = chunks(5, { by: { userIds: [id(3), id(99)] } }, Intent.GUILDS)
  expect(more).toEqual([])
  expect(answer).toMatchObject({ members: [{ user: { id: id(3) } }], not_found: [id(99)] })
})

test('presences come when asked for and wanted', () => {
  expect(chunks(3, { presences: true })[0]?.presences).toEqual([
    { user: { id: id(1) }, guild_id: GUILD, status: 'idle' },
  ])
  expect(chunks(3, { presences: true }, Intent.GUILDS)[0]).not.toHaveProperty('presences')
  expect(chunks(3, {})[0]).not.toHaveProperty('presences')
})

test('the whole list of a guild is given once in 30 s, and what is left of them is told', () => {
  const members = BucketMap.from([[id(0), member(0)] as const])
  let now = 5_000
  const core = { clock: { monotonic: () => now } } as unknown as GatewayCore
  const other = asSnowflake('1000000000000000002')
  const rooms = new Map([GUILD, other].map((guild) => [roomKey('guild', guild), { state: { members } }]))
  const session = { view: { userId: id(0), intents: Intent.GUILD_MEMBERS }, wholeLists: new Map(), rooms }
  const ask = (guildId = GUILD, by: RequestMembersFrame['by'] = { query: '', limit: 0 }) =>
    [
      ...memberChunks(core, session as unknown as Session, {
        kind: 'request_members',
        guildId,
        by,
        presences: false,
        nonce: 'mine',
      }),
    ].map((made) => JSON.parse(made.withSequence(1).toString()))
  expect(ask()).toMatchObject([{ t: 'GUILD_MEMBERS_CHUNK' }])
  now += 10_000
  expect(ask()).toMatchObject([
    { t: 'RATE_LIMITED', d: { opcode: 8, retry_after: 20, meta: { guild_id: GUILD, nonce: 'mine' } } },
  ])
  expect(ask(other)).toMatchObject([{ t: 'GUILD_MEMBERS_CHUNK' }])
  expect(ask(GUILD, { query: 'm', limit: 1 })).toMatchObject([{ t: 'GUILD_MEMBERS_CHUNK' }])
  now += 20_000
  expect(ask()).toMatchObject([{ t: 'GUILD_MEMBERS_CHUNK' }])
})

describe('what happens between two chunks', () => {
  const everybody = BucketMap.from(Array.from({ length: 2_500 }, (_, n) => [id(n), member(n)] as const))
  /** Whoever is in the second chunk and the third, when nothing happens. */
  const later = [...everybody.keys()].slice(1_000).filter((one) => one !== id(0))
  const without = (gone: readonly string[]) => gone.reduce((left, one) => left.delete(one), everybody)

  /** The answer to one of 2,500 members, of which the first chunk has been sent. */
  function begun() {
    const room = { state: { members: everybody } }
    const session = {
      view: { userId: id(0), intents: Intent.GUILD_MEMBERS },
      rooms: new Map([[roomKey('guild', GUILD), room]]),
      closed: false,
    }
    const core = { clock: { monotonic: () => 0 } } as unknown as GatewayCore
    const frames = memberChunks(core, session as unknown as Session, {
      kind: 'request_members',
      guildId: GUILD,
      by: { query: '', limit: 0 },
      presences: false,
      nonce: undefined,
    })
    frames.next()
    const rest = () =>
      [...frames].map((made): Omit<Chunk, 'members'> & { members: Member[] } => {
        return JSON.parse(made.withSequence(1).toString()).d
      })
    return { room, session, rest }
  }

  test('is in the second: who has changed, and who has gone', () => {
    const { room, rest } = begun()
    const changed = later.at(-1) as string
    room.state = { members: without(later.slice(0, 600)) }
    room.state.members = room.state.members.set(changed, {
      ...(everybody.get(changed) as Member),
      nick: 'new',
    })
    const answer = rest()
    expect(answer.map(({ members, chunk_count }) => [members.length, chunk_count])).toEqual([
      [900, 3],
      [0, 3],
    ])
    expect(answer[0]?.members.at(-1)).toMatchObject({ user: { id: changed }, nick: 'new' })
  })

  test('leaves all but the last of exactly a thousand', () => {
    const { room, rest } = begun()
    room.state = { members: without(later.slice(0, 100)) }
    expect(rest().map(({ members }) => members.length)).toEqual([1_000, 400])
  })

  test('ends it when whoever asked has left the guild, or has gone', () => {
    const left = begun()
    left.room.state = { members: without([id(0)]) }
    expect(left.rest()).toEqual([])
    const gone = begun()
    gone.session.closed = true
    expect(gone.rest()).toEqual([])
  })
})
