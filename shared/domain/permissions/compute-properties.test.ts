import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { basePermissions, channelPermissions, permissionsIn, threadPermissions } from './compute.ts'
import { compileOverwrites, type Overwrite } from './overwrites.ts'

const GUILD = '100'
const USER = '200'

/*
 * A second implementation from the rules alone: sets of names, one flag at a time, no arithmetic.
 */
const BITS =
  `CREATE_INSTANT_INVITE KICK_MEMBERS BAN_MEMBERS ADMINISTRATOR MANAGE_CHANNELS MANAGE_GUILD ADD_REACTIONS
  VIEW_AUDIT_LOG PRIORITY_SPEAKER STREAM VIEW_CHANNEL SEND_MESSAGES SEND_TTS_MESSAGES MANAGE_MESSAGES EMBED_LINKS
  ATTACH_FILES READ_MESSAGE_HISTORY MENTION_EVERYONE USE_EXTERNAL_EMOJIS VIEW_GUILD_INSIGHTS CONNECT SPEAK
  MUTE_MEMBERS DEAFEN_MEMBERS MOVE_MEMBERS USE_VAD CHANGE_NICKNAME MANAGE_NICKNAMES MANAGE_ROLES MANAGE_WEBHOOKS
  MANAGE_GUILD_EXPRESSIONS USE_APPLICATION_COMMANDS REQUEST_TO_SPEAK MANAGE_EVENTS MANAGE_THREADS
  CREATE_PUBLIC_THREADS CREATE_PRIVATE_THREADS USE_EXTERNAL_STICKERS SEND_MESSAGES_IN_THREADS
  USE_EMBEDDED_ACTIVITIES MODERATE_MEMBERS VIEW_CREATOR_MONETIZATION_ANALYTICS USE_SOUNDBOARD
  CREATE_GUILD_EXPRESSIONS CREATE_EVENTS USE_EXTERNAL_SOUNDS SEND_VOICE_MESSAGES - SET_VOICE_CHANNEL_STATUS
  SEND_POLLS USE_EXTERNAL_APPS PIN_MESSAGES BYPASS_SLOWMODE`.split(/\s+/)
const NAMES = BITS.filter((name) => name !== '-')

interface NaiveOverwrite {
  on: string
  kind: 'role' | 'member'
  allow: string[]
  deny: string[]
}
interface Scenario {
  owner: boolean
  timedOut: boolean
  everyone: string[]
  roles: { id: string; flags: string[]; held: boolean }[]
  overwrites: NaiveOverwrite[]
  thread: { private: boolean; joined: boolean } | undefined
}

function naiveBase(scenario: Scenario): string[] {
  if (isExempt(scenario)) return NAMES
  const granted = NAMES.filter((name) =>
    [scenario.everyone, ...scenario.roles.filter((r) => r.held).map((r) => r.flags)].some((set) =>
      set.includes(name),
    ),
  )
  return scenario.timedOut ? granted.filter(survivesTimeout) : granted
}

function isExempt({ owner, everyone, roles }: Scenario): boolean {
  if (owner) return true
  if (everyone.includes('ADMINISTRATOR')) return true
  return roles.some((r) => r.held && r.flags.includes('ADMINISTRATOR'))
}

const survivesTimeout = (name: string) => name === 'VIEW_CHANNEL' || name === 'READ_MESSAGE_HISTORY'

function naiveChannel(scenario: Scenario): string[] {
  if (isExempt(scenario)) return NAMES
  const decided = (name: string): boolean => {
    if (name === 'ADMINISTRATOR') return false
    if (scenario.timedOut && !survivesTimeout(name)) return false
    const heldIds = scenario.roles.filter((r) => r.held).map((r) => r.id)
    const layers = [
      scenario.overwrites.filter((o) => o.kind === 'member' && o.on === USER),
      scenario.overwrites.filter((o) => o.kind === 'role' && heldIds.includes(o.on)),
      scenario.overwrites.filter((o) => o.kind === 'role' && o.on === GUILD),
    ]
    for (const layer of layers) {
      if (layer.some((o) => o.allow.includes(name))) return true
      if (layer.some((o) => o.deny.includes(name))) return false
    }
    return [scenario.everyone, ...scenario.roles.filter((r) => r.held).map((r) => r.flags)].some((s) =>
      s.includes(name),
    )
  }
  if (!decided('VIEW_CHANNEL')) return []
  const { thread } = scenario
  if (thread?.private && !thread.joined && !decided('MANAGE_THREADS')) return []
  const maySend = decided(thread ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES')
  return NAMES.filter((name) => {
    if (name === 'SEND_MESSAGES') return maySend
    const speaking = ['MENTION_EVERYONE', 'SEND_TTS_MESSAGES', 'ATTACH_FILES', 'EMBED_LINKS'].includes(name)
    return decided(name) && (maySend || !speaking)
  })
}

const toBits = (names: string[]) =>
  names.reduce((bits, name) => bits | (1n << BigInt(BITS.indexOf(name))), 0n)

const CRITICAL = [
  'VIEW_CHANNEL',
  'SEND_MESSAGES',
  'SEND_MESSAGES_IN_THREADS',
  'MANAGE_THREADS',
  'EMBED_LINKS',
]
const flags = fc
  .tuple(
    fc.subarray(NAMES.filter((name) => name !== 'ADMINISTRATOR' && !CRITICAL.includes(name))),
    fc.subarray(CRITICAL),
    fc.integer({ min: 0, max: 19 }),
  )
  .map(([some, critical, dice]) => [...some, ...critical, ...(dice === 19 ? ['ADMINISTRATOR'] : [])])
const TARGETS = [
  { on: GUILD, kind: 'role' },
  { on: '1', kind: 'role' },
  { on: '2', kind: 'role' },
  { on: '3', kind: 'role' },
  { on: USER, kind: 'role' },
  { on: USER, kind: 'member' },
  { on: '1', kind: 'member' },
] as const
const scenarios: fc.Arbitrary<Scenario> = fc.record({
  owner: fc.integer({ min: 0, max: 19 }).map((dice) => dice === 19),
  timedOut: fc.integer({ min: 0, max: 3 }).map((dice) => dice === 3),
  everyone: flags,
  roles: fc.tuple(
    ...['1', '2', '3'].map((id) => fc.record({ id: fc.constant(id), flags, held: fc.boolean() })),
  ),
  overwrites: fc
    .shuffledSubarray([...TARGETS])
    .chain((targets) =>
      fc.tuple(...targets.map((t) => fc.record({ allow: flags, deny: flags }).map((o) => ({ ...t, ...o })))),
    ),
  thread: fc.option(fc.record({ private: fc.boolean(), joined: fc.boolean() }), { nil: undefined }),
})

describe('against the naive implementation', () => {
  test('[PERM-2] [PERM-3] [PERM-4] [PERM-10] the base agrees', () => {
    fc.assert(
      fc.property(scenarios, (s) => {
        expect(baseOf(s)).toBe(toBits(naiveBase(s)))
      }),
    )
  })

  test('[PERM-5] [PERM-6] [PERM-7] [PERM-8] [PERM-9] [PERM-10] [PERM-11] [PERM-12] channels and threads agree', () => {
    fc.assert(
      fc.property(scenarios, (s) => {
        const compiled = compileOverwrites(GUILD, wire(s))
        const held = s.roles.filter((r) => r.held).map((r) => r.id)
        const who = { userId: USER, roleIds: held, timedOut: s.timedOut }
        const actual = s.thread
          ? threadPermissions(baseOf(s), compiled, who, s.thread)
          : permissionsIn(baseOf(s), compiled, who)
        expect(actual).toBe(toBits(naiveChannel(s)))
        if (!s.thread) expect(channelPermissions(baseOf(s), wire(s), { ...who, guildId: GUILD })).toBe(actual)
      }),
      { numRuns: 2000 },
    )
  })
})

const baseOf = (s: Scenario) =>
  basePermissions({
    owner: s.owner,
    everyone: toBits(s.everyone),
    roles: s.roles.filter((r) => r.held).map((r) => toBits(r.flags)),
    timedOut: s.timedOut,
  })

const wire = (s: Scenario): Overwrite[] =>
  s.overwrites.map((o) => ({
    id: o.on,
    type: o.kind === 'role' ? 0 : 1,
    allow: toBits(o.allow).toString(),
    deny: toBits(o.deny).toString(),
  }))
