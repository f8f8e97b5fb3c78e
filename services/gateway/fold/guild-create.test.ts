import { expect, test } from 'vitest'
import type { Guild, Member } from '#shared/domain/guild/entities.ts'
import { type GuildState, NO_GUILD } from '#shared/domain/guild/guild-state.ts'
import { BucketMap } from '#shared/kernel/bucket-map.ts'
import { guildCreate } from './guild-create.ts'

const SELF = { user: { id: '1' }, roles: [] as readonly string[] } as Member

/** A guild of so many. */
function guildOf(size: number): GuildState {
  const others = Array.from({ length: size - 1 }, (_, n) => ({ user: { id: String(n + 2) } }) as Member)
  const members = BucketMap.from([SELF, ...others].map((member) => [member.user.id, member] as const))
  return { ...NO_GUILD, guild: { id: '9', emojis: [] } as unknown as Guild, members }
}

test.each([
  [50, 50, 50],
  [51, 50, 1],
  [51, 250, 51],
  [250, 250, 250],
  [251, 250, 1],
])('of %i members, with a large_threshold of %i, %i are sent', (size, largeThreshold, sent) => {
  const d = JSON.parse(guildCreate(guildOf(size), SELF, { largeThreshold }).d)
  expect([d.large, d.member_count, d.members.length]).toEqual([sent === 1, size, sent])
  expect(d.members[0].user.id).toBe('1')
})
