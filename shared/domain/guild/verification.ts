import { asSnowflake, snowflakeTime } from '#shared/kernel/ids.ts'
import type { Guild, Member } from './entities.ts'

const MINUTE_MS = 60_000
const ACCOUNT_MS = 5 * MINUTE_MS
const MEMBERSHIP_MS = 10 * MINUTE_MS

/**
 * Does the guild's `verification_level` keep a member from writing? 1: his address must be confirmed; 2: and his account
 * five minutes old; 3: and his membership ten. 4 asks for a telephone number besides, which nobody has here: it is as 3.
 * Not of the owner, of bots, and of whoever has a role.
 * @param now ms since the Unix epoch
 */
export function isHeldBack(
  { owner_id, verification_level: level }: Guild,
  { user, roles, joined_at }: Member,
  { confirmed, now }: { readonly confirmed: boolean; readonly now: number },
): boolean {
  if (level === 0 || user.bot || user.id === owner_id || roles.length > 0) return false
  if (!confirmed) return true
  if (level >= 2 && now - snowflakeTime(asSnowflake(user.id)) < ACCOUNT_MS) return true
  return level >= 3 && now - Date.parse(joined_at) < MEMBERSHIP_MS
}
