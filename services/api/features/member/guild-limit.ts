import type { Kysely } from 'kysely'
import type { DB } from '#db/generated-types.ts'

const MOST_GUILDS = 200

/** READY names all guilds of an account: who is in this many can neither make another one nor join one. */
export async function isInTooManyGuilds(db: Kysely<DB>, userId: string): Promise<boolean> {
  const { count } = await db
    .selectFrom('members')
    .select((on) => on.fn.countAll<string>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(count) >= MOST_GUILDS
}
