import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import { command } from '#config/command.ts'
import { environment } from '#config/environment.ts'

const FOLDER = new URL('./postgres/', import.meta.url)
/** Any number, the same in every process: whoever holds the lock migrates, the others wait. */
const LOCK = 0x6775696c

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
    const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
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

await command(import.meta.url, {
  help: `npm run db:migrate
Brings the schema of the Postgres database at DATABASE_URL (postgres://user:password@host:port/name) up to date.
The standalone server does this itself at its start.`,
  run: async () => {
    const url = environment.DATABASE_URL
    if (!url?.startsWith('postgres'))
      return ['DATABASE_URL must be the URL of a Postgres database; see --help']
    try {
      const applied = await migratePostgres(url, (line) => console.log(line))
      console.log(applied.length > 0 ? `${applied.length} migrations applied` : 'nothing to do')
      return []
    } catch (error) {
      // Where a name has several addresses, the message of the outer error is empty.
      const { message, code } = error as NodeJS.ErrnoException
      return [`The database was not migrated: ${message || code}`]
    }
  },
})
