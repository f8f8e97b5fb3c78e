import { expect, test } from 'vitest'
import type { Guild, Member } from '#shared/domain/guild/entities.ts'
import { NO_GUILD } from '#shared/domain/guild/guild-state.ts'
import { BucketMap } from '#shared/kernel/bucket-map.ts'
import { Intent, KNOWN_INTENTS } from '#shared/protocol/intents.ts'
import { guildCreate } from '../fold/guild-create.ts'
import type { SessionView } from '../fold/session-view.ts'
import type { Room } from '../rooms/room.ts'
import type { AnyRoom } from '../rooms/rooms.ts'
import type { Frame } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'
import { guildWithPresences, tellPresences } from './presence-frames.ts'
import type { Session } from './session.ts'

/** A session that connects, and a guild of so many of which these are there. */
function connecting({ size = 4, intents = KNOWN_INTENTS, there = ['2', '3'] } = {}) {
  const members = Array.from({ length: size }, (_, n) => ({ user: { id: String(n + 1) }, roles: [] }))
  const state = {
    ...NO_GUILD,
    guild: { id: '9', emojis: [] } as unknown as Guild,
    members: BucketMap.from(members.map((one) => [one.user.id, one as unknown as Member] as const)),
  }
  const kind = {
    kind: 'guild',
    enter: (view: SessionView) => guildCreate(state, members[0] as unknown as Member, view),
  }
  const known = new Set(there)
  const presence = (user_id: string, status: string) => ({
    user_id,
    status,
    activities: [],
    client_status: {},
  })
  const presences = {
    get: (id: string) => (known.has(id) ? presence(id, 'idle') : undefined),
    shown: (id: string) => presence(id, known.has(id) ? 'idle' : 'offline'),
  }
  const told: (readonly [string, string])[] = []
  const session = {
    view: { userId: '1', intents, largeThreshold: 50 },
    tell(frame: Frame) {
      const { d } = JSON.parse(frame.withSequence(1).toString())
      told.push([d.user.id, d.status])
    },
  } as unknown as Session
  const core = { presences } as unknown as GatewayCore
  const room = { id: '9', kind, state }
  const create = () => JSON.parse(guildWithPresences(core, session, room as unknown as AnyRoom).d)
  const tell = () => tellPresences(core, session, room as unknown as Room)
  return { known, told, create, tell }
}

test('GUILD_CREATE while connecting says who is there', () => {
  const { create } = connecting()
  const { presences, ...rest } = create()
  const idle = { status: 'idle', activities: [], client_status: {} }
  expect(presences).toEqual(['2', '3'].map((id) => ({ user: { id }, ...idle })))
  expect(connecting({ there: [] }).create()).toEqual({ ...rest, presences: [] })
})

test('of a large guild those come as members who are there, each once', () => {
  const { members, ...rest } = connecting({ size: 51, there: ['1', '2', '51'] }).create()
  expect(rest).toMatchObject({ large: true, member_count: 51 })
  expect(members.map(({ user }: Member) => user.id)).toEqual(['1', '2', '51'])
  expect(connecting({ size: 51, there: [] }).create().members).toHaveLength(1)
  expect(connecting({ size: 50 }).create().members).toHaveLength(50)
})

test('who has gone since GUILD_CREATE is told of as offline, and who has come as he is', () => {
  const { known, told, create, tell } = connecting()
  create()
  known.delete('2')
  known.add('4')
  tell()
  expect(told).toEqual([
    ['2', 'offline'],
    ['3', 'idle'],
    ['4', 'idle'],
  ])
})

test.each([
  ['without the intent', { intents: KNOWN_INTENTS & ~Intent.GUILD_PRESENCES }],
  ['of a guild that is too large', { size: 1_001 }],
])('%s nobody is shown', (_, options) => {
  const { told, create, tell } = connecting(options)
  expect(create().presences).toEqual([])
  tell()
  expect(told).toEqual([])
})
