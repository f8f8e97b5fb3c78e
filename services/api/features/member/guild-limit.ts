import type { Tx } from '#shared/store/database.ts'
import { lockUsers } from '#shared/store/users.ts'

const MOST_GUILDS = 200

/**
 * READY names all guilds of an account: who is in this many can neither make another one nor join one. The account stays
 * locked until the transaction ends, so that two joins at once count each other.
 */
export async function isInTooManyGuilds(tx: Tx, userId: string): Promise<boolean> {
  await lockUsers(tx, [userId])
  const { count } = await tx
    .selectFrom('members')
    .select((on) => on.fn.countAll<string>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(count) >= MOST_GUILDS
}
