import { describe, expect, test } from 'vitest'
import { basePermissions, channelPermissions, threadPermissions } from './compute.ts'
import { ALL, formatPermissions, Permission } from './flags.ts'
import { compileOverwrites, isSynced, type Overwrite } from './overwrites.ts'

const GUILD = '100'
const USER = '200'
const P = Permission

const overwrite = (id: string, type: 0 | 1, allow: bigint, deny: bigint): Overwrite => ({
  id,
  type,
  allow: formatPermissions(allow),
  deny: formatPermissions(deny),
})
const everyone = (allow: bigint, deny: bigint) => overwrite(GUILD, 0, allow, deny)
const role = (id: string, allow: bigint, deny: bigint) => overwrite(id, 0, allow, deny)
const member = (allow: bigint, deny: bigint) => overwrite(USER, 1, allow, deny)
const inChannel = (base: bigint, overwrites: Overwrite[], roleIds: string[] = [], timedOut = false) =>
  channelPermissions(base, overwrites, { guildId: GUILD, userId: USER, roleIds, timedOut })
const inThread = (
  base: bigint,
  overwrites: Overwrite[] = [],
  thread = { private: false, joined: false },
  timedOut = false,
) =>
  threadPermissions(
    base,
    compileOverwrites(GUILD, overwrites),
    { userId: USER, roleIds: [], timedOut },
    thread,
  )

describe('base permissions', () => {
  test('[PERM-2] the owner has all flags, whatever the roles say', () => {
    expect(basePermissions({ owner: true, everyone: 0n, roles: [] })).toBe(ALL)
    expect(inChannel(ALL, [everyone(0n, ALL), member(0n, ALL)])).toBe(ALL)
  })

  test('[PERM-3] others have @everyone or all of their roles', () => {
    const roles = [P.KICK_MEMBERS, P.SEND_MESSAGES | P.BAN_MEMBERS]
    expect(basePermissions({ owner: false, everyone: P.VIEW_CHANNEL, roles })).toBe(
      P.VIEW_CHANNEL | P.KICK_MEMBERS | P.SEND_MESSAGES | P.BAN_MEMBERS,
    )
    expect(basePermissions({ owner: false, everyone: 0n, roles: [] })).toBe(0n)
  })

  test('[PERM-4] one role with ADMINISTRATOR gives all flags, in every channel', () => {
    const base = basePermissions({ owner: false, everyone: 0n, roles: [P.ADMINISTRATOR] })
    expect(base).toBe(ALL)
    expect(inChannel(base, [everyone(0n, ALL), member(0n, ALL)])).toBe(ALL)
    expect(inThread(base, [everyone(0n, ALL)], { private: true, joined: false })).toBe(ALL)
    expect(basePermissions({ owner: false, everyone: P.ADMINISTRATOR, roles: [] })).toBe(ALL)
  })

  test('[PERM-4] an overwrite cannot make an administrator', () => {
    expect(inChannel(P.VIEW_CHANNEL, [member(P.ADMINISTRATOR, 0n)])).toBe(P.VIEW_CHANNEL)
  })
})

describe('overwrites', () => {
  const base = P.VIEW_CHANNEL | P.SEND_MESSAGES

  test('[PERM-5] @everyone: what is denied is removed, then what is allowed is added', () => {
    expect(inChannel(base, [everyone(P.ADD_REACTIONS, P.SEND_MESSAGES)])).toBe(
      P.VIEW_CHANNEL | P.ADD_REACTIONS,
    )
    expect(inChannel(base, [everyone(P.SEND_MESSAGES, P.SEND_MESSAGES)])).toBe(base)
  })

  test('[PERM-6] a role’s overwrite counts above that of @everyone', () => {
    expect(inChannel(base, [role('1', P.SEND_MESSAGES, 0n), everyone(0n, P.SEND_MESSAGES)], ['1'])).toBe(base)
    expect(inChannel(base, [role('1', 0n, P.SEND_MESSAGES), everyone(P.SEND_MESSAGES, 0n)], ['1'])).toBe(
      P.VIEW_CHANNEL,
    )
  })

  test('[PERM-6] among roles an allowance beats a denial, whatever their order', () => {
    const deny = role('1', 0n, P.SEND_MESSAGES)
    const allow = role('2', P.SEND_MESSAGES, 0n)
    expect(inChannel(base, [deny, allow], ['1', '2'])).toBe(base)
    expect(inChannel(base, [allow, deny], ['2', '1'])).toBe(base)
  })

  test('[PERM-6] overwrites of roles one does not have do not count', () => {
    expect(inChannel(base, [role('1', P.ADD_REACTIONS, P.SEND_MESSAGES)], ['2'])).toBe(base)
  })

  test('[PERM-6] @everyone in a member’s list of roles is not applied twice', () => {
    const overwrites = [everyone(0n, P.SEND_MESSAGES), role('1', P.SEND_MESSAGES, 0n)]
    expect(inChannel(base, overwrites, [GUILD, '1'])).toBe(base)
  })

  test('[PERM-7] the member’s overwrite comes last', () => {
    const roles = [role('1', P.SEND_MESSAGES, 0n), everyone(0n, P.VIEW_CHANNEL)]
    expect(inChannel(base, [member(P.VIEW_CHANNEL, P.SEND_MESSAGES), ...roles], ['1'])).toBe(P.VIEW_CHANNEL)
  })

  test('[PERM-7] a member’s overwrite is not taken for a role’s of the same id, nor the reverse', () => {
    expect(inChannel(base, [overwrite('1', 1, 0n, P.SEND_MESSAGES)], ['1'])).toBe(base)
    expect(inChannel(base, [overwrite(USER, 0, 0n, P.SEND_MESSAGES)])).toBe(base)
  })

  test('[PERM-18] a channel is synced when its overwrites equal those of its category, in any order', () => {
    const a = role('1', P.SEND_MESSAGES, 0n)
    const b = everyone(0n, P.VIEW_CHANNEL)
    expect(isSynced([a, b], [b, a])).toBe(true)
    expect(isSynced([], [])).toBe(true)
    expect(isSynced([a], [a, b])).toBe(false)
    expect(isSynced([a], [{ ...a, deny: '1' }])).toBe(false)
    expect(isSynced([a], [{ ...a, type: 1 }])).toBe(false)
  })
})

describe('implied by others', () => {
  test('[PERM-8] without VIEW_CHANNEL there is nothing in the channel', () => {
    expect(inChannel(ALL & ~P.ADMINISTRATOR, [everyone(0n, P.VIEW_CHANNEL)])).toBe(0n)
  })

  test('[PERM-9] without SEND_MESSAGES no mention of everyone, speech, files or embeds', () => {
    const needing = P.MENTION_EVERYONE | P.SEND_TTS_MESSAGES | P.ATTACH_FILES | P.EMBED_LINKS
    const base = ALL & ~P.ADMINISTRATOR
    expect(inChannel(base, [everyone(0n, P.SEND_MESSAGES)])).toBe(base & ~P.SEND_MESSAGES & ~needing)
    expect(inChannel(base, [])).toBe(base)
  })

  test('[PERM-19] a flag that is not denied stays: MANAGE_MESSAGES gone, PIN_MESSAGES there', () => {
    const base = P.VIEW_CHANNEL | P.MANAGE_MESSAGES | P.PIN_MESSAGES
    expect(inChannel(base, [everyone(0n, P.MANAGE_MESSAGES)])).toBe(P.VIEW_CHANNEL | P.PIN_MESSAGES)
  })
})

describe('time-outs', () => {
  const kept = P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY
  const base = ALL & ~P.ADMINISTRATOR

  test('[PERM-10] seeing and reading is what stays, in the guild, its channels and threads', () => {
    expect(basePermissions({ owner: false, everyone: base, roles: [], timedOut: true })).toBe(kept)
    expect(inChannel(base, [], [], true)).toBe(kept)
    expect(inThread(base, [], undefined, true)).toBe(kept)
  })

  test('[PERM-10] no overwrite lifts a time-out, and it gives nothing one lacks', () => {
    expect(inChannel(kept, [member(base, 0n)], [], true)).toBe(kept)
    expect(inChannel(base, [member(0n, P.READ_MESSAGE_HISTORY)], [], true)).toBe(P.VIEW_CHANNEL)
    expect(inChannel(base, [member(0n, P.VIEW_CHANNEL)], [], true)).toBe(0n)
  })

  test('[PERM-10] the owner and administrators are exempt', () => {
    expect(basePermissions({ owner: true, everyone: 0n, roles: [], timedOut: true })).toBe(ALL)
    const admin = basePermissions({ owner: false, everyone: 0n, roles: [P.ADMINISTRATOR], timedOut: true })
    expect(admin).toBe(ALL)
    expect(inChannel(admin, [], [], true)).toBe(ALL)
  })
})

describe('threads', () => {
  const base = P.VIEW_CHANNEL | P.ATTACH_FILES

  test('[PERM-11] SEND_MESSAGES_IN_THREADS stands in for SEND_MESSAGES', () => {
    const inThreads = base | P.SEND_MESSAGES_IN_THREADS
    expect(inChannel(inThreads, [])).toBe(P.VIEW_CHANNEL | P.SEND_MESSAGES_IN_THREADS)
    expect(inThread(inThreads)).toBe(inThreads | P.SEND_MESSAGES)
    expect(inThread(base | P.SEND_MESSAGES)).toBe(P.VIEW_CHANNEL)
  })

  test('[PERM-11] all else is the parent’s', () => {
    expect(
      inThread(base | P.MANAGE_THREADS | P.SEND_MESSAGES_IN_THREADS, [everyone(0n, P.MANAGE_THREADS)]),
    ).toBe(base | P.SEND_MESSAGES | P.SEND_MESSAGES_IN_THREADS)
    expect(inThread(base, [everyone(0n, P.VIEW_CHANNEL)])).toBe(0n)
  })

  test('[PERM-12] a private thread needs membership or MANAGE_THREADS', () => {
    expect(inThread(P.VIEW_CHANNEL, [], { private: true, joined: false })).toBe(0n)
    expect(inThread(P.VIEW_CHANNEL, [], { private: true, joined: true })).toBe(P.VIEW_CHANNEL)
    const manager = P.VIEW_CHANNEL | P.MANAGE_THREADS
    expect(inThread(manager, [], { private: true, joined: false })).toBe(manager)
    expect(inThread(manager, [everyone(0n, P.VIEW_CHANNEL)], { private: true, joined: true })).toBe(0n)
  })
})
