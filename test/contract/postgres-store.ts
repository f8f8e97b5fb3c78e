import pg from 'pg'
import { migratePostgres } from '#db/migrate.ts'
import { createDatabase } from '#test/support/database.ts'

/** A migrated database of its own for one suite. */
export async function openPostgresStore() {
  const database = await createDatabase()
  await migratePostgres(database.url)
  const pool = new pg.Pool({ connectionString: database.url, max: 8 })
  // Ending the pool does not wait for its connections to close, and dropping the database cuts them off.
  pool.on('error', () => {})
  return {
    url: database.url,
    pool,
    async close() {
      await pool.end()
      await database.drop()
    },
  }
}
