import type { ConfigOf } from '#config/schema.ts'
import { pendingMigrations } from '#db/migrate.ts'
import { type Database, openDatabase } from './database.ts'

/**
 * The database of a service of a cluster, which may not change its schema.
 * @throws when it is away, or behind
 */
export async function openServiceDatabase(
  config: ConfigOf<'relay'>['postgres'],
  service: { onTrouble(error: unknown): void; onStop(step: () => unknown): void },
): Promise<Database> {
  const database = openDatabase(config.url.reveal(), {
    max: config.connections,
    onTrouble: service.onTrouble,
  })
  service.onStop(() => database.close())
  const pending = await pendingMigrations(database.pool).catch((cause) => {
    throw new Error('Postgres at DATABASE_URL does not answer', { cause })
  })
  if (pending.length > 0)
    throw new Error(`the database lacks ${pending.join(', ')}; run "npm run db:migrate" before the services`)
  return database
}
