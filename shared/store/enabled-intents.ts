import { enabledIntents } from '#shared/protocol/application-flags.ts'
import type { Db } from './database.ts'

/** The privileged intents that the application of a bot has. */
export async function readEnabledIntents(db: Db, botId: string): Promise<number> {
  const application = await db
    .selectFrom('applications')
    .select('flags')
    .where('bot_id', '=', botId)
    .executeTakeFirst()
  return enabledIntents(application?.flags ?? 0)
}
