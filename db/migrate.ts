import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'

const FOLDER = new URL('./postgres/', import.meta.url)
/** Any number, the same in every process: whoever holds the lock migrates, the others wait. */
const LOCK = 0x6775696c
const UNDEFINED_TABLE = '42P01'

/**
 * Brings the schema of a Postgres database up to date. Safe when several start at once. Each file of
 * db/postgres runs once, in name order, in one transaction with the note that it ran.
 * @returns the names of the migrations applied by this call
 * @throws when the database cannot be reached, or a migration breaks: it is named, and has changed nothing
 */
export async function migratePostgres(
  url: string,
  progress: (line: string) => void = () => {},
  folder: URL = FOLDER,
): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  // A lost connection also fails the query that is under way, which is enough.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK])
    await client.query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string }>('select name from migrations')
    const done = new Set(rows.map((row) => row.name))
    const files = await migrationsOf(folder)
    const due = files.filter((name) => !done.has(name))
    for (const name of due) {
      const text = await readFile(new URL(name, folder), 'utf8')
      try {
        await client.query(`begin;\n${text}\n;insert into migrations (name) values ('${name}');\ncommit`)
      } catch (cause) {
        throw new Error(`migration ${name} broke: ${(cause as Error).message}`, { cause })
      }
      progress(`migration ${name} applied`)
    }
    return due
  } finally {
    await client.end()
  }
}

const migrationsOf = async (folder: URL): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()

/** The migrations that a database still lacks. @throws when it cannot be asked */
export async function pendingMigrations(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool
    .query<{ name: string }>('select name from migrations')
    .catch((error: { code?: string }) => {
      if (error.code === UNDEFINED_TABLE) return { rows: [] }
      throw error
    })
  const done = new Set(rows.map((row) => row.name))
  return (await migrationsOf(FOLDER)).filter((name) => !done.has(name))
}
