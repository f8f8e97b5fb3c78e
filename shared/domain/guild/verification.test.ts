import { describe, expect, test } from 'vitest'
import { firstIdAt } from '#shared/kernel/ids.ts'
import type { Guild, Member } from './entities.ts'
import { isHeldBack } from './verification.ts'

const NOW = Date.parse('2030-01-01T12:00:00Z')
const minutesAgo = (minutes: number) => NOW - minutes * 60_000

interface Who {
  readonly account?: number
  readonly membership?: number
  readonly roles?: readonly string[]
  readonly bot?: boolean
  readonly confirmed?: boolean
}

/** Ages in minutes; nothing is wrong with him but what is given. */
function heldBackAt(level: number, who: Who, owner = '1'): boolean {
  const { account = 60, membership = 30, roles = [], bot = false, confirmed = true } = who
  const id = firstIdAt(minutesAgo(account))
  const member = { user: { id, bot }, roles, joined_at: new Date(minutesAgo(membership)).toISOString() }
  const guild = { owner_id: owner === 'he' ? id : owner, verification_level: level }
  return isHeldBack(guild as Guild, member as unknown as Member, { confirmed, now: NOW })
}

describe('who has to wait before he may write', () => {
  test.for<[what: string, who: Who, from: number]>([
    ['an address that is not confirmed', { confirmed: false }, 1],
    ['an account of less than five minutes', { account: 4.9, membership: 11 }, 2],
    ['a membership of less than ten minutes', { membership: 9.9 }, 3],
    ['nothing', { account: 10, membership: 10 }, 5],
  ])('%s', ([, who, from]) => {
    expect([0, 1, 2, 3, 4].map((level) => heldBackAt(level, who))).toEqual(
      [0, 1, 2, 3, 4].map((level) => level >= from),
    )
  })

  test('not who has a role, nor a bot, nor the owner', () => {
    const fresh: Who = { account: 0, membership: 0, confirmed: false }
    expect(heldBackAt(4, fresh)).toBe(true)
    expect(heldBackAt(4, { ...fresh, roles: ['7'] })).toBe(false)
    expect(heldBackAt(4, { ...fresh, bot: true })).toBe(false)
    expect(heldBackAt(4, fresh, 'he')).toBe(false)
  })
})
