import { NO_SETTINGS, type UserSettings } from '#shared/protocol/wire/user-settings.ts'
import type { Db } from './database.ts'

export async function readUserSettings(db: Pick<Db, 'selectFrom'>, userId: string): Promise<UserSettings> {
  const row = await db
    .selectFrom('user_settings')
    .select(['version', 'settings'])
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row ? { version: row.version, settings: row.settings as UserSettings['settings'] } : NO_SETTINGS
}
