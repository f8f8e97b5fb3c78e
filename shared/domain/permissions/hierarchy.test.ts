import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ALL, Permission } from './flags.ts'
import {
  canGrant,
  canManageMember,
  canManageRole,
  canOverwrite,
  compareRoles,
  highestRole,
  type RankedRole,
  type Standing,
  standing,
} from './hierarchy.ts'

const GUILD = '100'
const everyone: RankedRole = { id: GUILD, position: 0 }
const low: RankedRole = { id: '300', position: 1 }
const high: RankedRole = { id: '400', position: 2 }
const holder = (highest?: RankedRole): Standing => ({ guildId: GUILD, owner: false, highest })
const owner: Standing = { guildId: GUILD, owner: true, highest: undefined }

describe('rank', () => {
  test('[PERM-13] by position; of equal positions the lower id is the higher role', () => {
    expect(compareRoles(high, low)).toBeGreaterThan(0)
    expect(compareRoles({ id: '99', position: 1 }, { id: '100', position: 1 })).toBeGreaterThan(0)
    expect(compareRoles(low, low)).toBe(0)
  })

  test('[PERM-13] the highest role of a member; @everyone is below all, also at equal position', () => {
    expect(highestRole(GUILD, [low, high, everyone])).toBe(high)
    expect(highestRole(GUILD, [everyone])).toBeUndefined()
    expect(highestRole(GUILD, [])).toBeUndefined()
    const fresh = { id: '500', position: 0 }
    expect(highestRole(GUILD, [everyone, fresh])).toBe(fresh)
  })

  test('[PERM-13] is a total order, whatever the order in which roles are met', () => {
    const role = fc.record({ id: fc.nat(50).map((n) => String(n + 1)), position: fc.nat(5) })
    fc.assert(
      fc.property(fc.uniqueArray(role, { selector: (r) => r.id, minLength: 1 }), (roles) => {
        const naive = [...roles].sort((a, b) => b.position - a.position || Number(a.id) - Number(b.id))
        expect(highestRole('0', roles)).toEqual(naive[0])
        expect([...roles].sort((a, b) => compareRoles(b, a))).toEqual(naive)
      }),
    )
  })

  test('[PERM-14] a standing knows the owner and the highest role', () => {
    const guild = { guildId: GUILD, ownerId: '1' }
    expect(standing({ ...guild, userId: '1', roles: [] })).toEqual(owner)
    expect(standing({ ...guild, userId: '2', roles: [everyone, low] })).toEqual(holder(low))
  })
})

describe('roles', () => {
  test('[PERM-14] one manages only roles below one’s own highest', () => {
    expect(canManageRole(holder(high), low)).toBe(true)
    expect(canManageRole(holder(low), low)).toBe(false)
    expect(canManageRole(holder(low), high)).toBe(false)
    expect(canManageRole(holder(), low)).toBe(false)
  })

  test('[PERM-14] @everyone is below every role', () => {
    expect(canManageRole(holder({ id: '500', position: 0 }), everyone)).toBe(true)
    expect(canManageRole(holder(), everyone)).toBe(false)
  })

  test('[PERM-14] the owner manages every role', () => {
    expect(canManageRole(owner, high)).toBe(true)
    expect(canManageRole(owner, everyone)).toBe(true)
  })
})

describe('members', () => {
  test('[PERM-15] one manages only members whose highest role is lower', () => {
    expect(canManageMember(holder(high), holder(low))).toBe(true)
    expect(canManageMember(holder(low), holder())).toBe(true)
    expect(canManageMember(holder(low), holder(low))).toBe(false)
    expect(canManageMember(holder(low), holder(high))).toBe(false)
    expect(canManageMember(holder(), holder())).toBe(false)
  })

  test('[PERM-15] of two at the same position the one with the lower id is higher', () => {
    const first = { id: '10', position: 1 }
    const second = { id: '11', position: 1 }
    expect(canManageMember(holder(first), holder(second))).toBe(true)
    expect(canManageMember(holder(second), holder(first))).toBe(false)
  })

  test('[PERM-15] the owner manages all others and is managed by nobody', () => {
    expect(canManageMember(owner, holder(high))).toBe(true)
    expect(canManageMember(holder(high), owner)).toBe(false)
    expect(canManageMember(owner, owner)).toBe(false)
  })
})

describe('granting', () => {
  const own = Permission.MANAGE_ROLES | Permission.SEND_MESSAGES

  test('[PERM-16] bits one lacks cannot be granted', () => {
    expect(canGrant(own, Permission.SEND_MESSAGES)).toBe(true)
    expect(canGrant(own, Permission.SEND_MESSAGES | Permission.KICK_MEMBERS)).toBe(false)
    expect(canGrant(ALL, ALL)).toBe(true)
    expect(canGrant(0n, 0n)).toBe(true)
  })

  test('[PERM-16] bits that the role has already may stay or go', () => {
    expect(canGrant(own, Permission.KICK_MEMBERS | own, Permission.KICK_MEMBERS)).toBe(true)
    expect(canGrant(own, 0n, Permission.KICK_MEMBERS)).toBe(true)
    expect(canGrant(own, Permission.BAN_MEMBERS, Permission.KICK_MEMBERS)).toBe(false)
  })

  test('[PERM-17] an overwrite’s allowance and denial both need the bit', () => {
    expect(canOverwrite(own, { allow: Permission.SEND_MESSAGES, deny: 0n })).toBe(true)
    expect(canOverwrite(own, { allow: Permission.ATTACH_FILES, deny: 0n })).toBe(false)
    expect(canOverwrite(own, { allow: 0n, deny: Permission.ATTACH_FILES })).toBe(false)
  })

  test('[PERM-17] to lift a denial is to grant; what stays as it is may stay', () => {
    const denied = { allow: 0n, deny: Permission.ATTACH_FILES }
    expect(canOverwrite(own, { allow: 0n, deny: 0n }, denied)).toBe(false)
    expect(canOverwrite(own, { ...denied, allow: Permission.SEND_MESSAGES }, denied)).toBe(true)
  })
})
