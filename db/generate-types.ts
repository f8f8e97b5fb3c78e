import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import { generate, getDialect } from 'kysely-codegen'
import pg from 'pg'
import { command } from '#config/command.ts'
import { environment } from '#config/environment.ts'
import { startEmbeddedPostgres } from '#services/standalone/embedded-postgres.ts'
import { migratePostgres } from './migrate.ts'

/** Where the types are kept. */
export const TYPES = new URL('./generated-types.ts', import.meta.url)

/** Brings the schema of a Postgres database up to date and describes its tables as the types that Kysely takes. */
export async function generateTypes(url: string): Promise<string> {
  await migratePostgres(url)
  const pool = new pg.Pool({ connectionString: url })
  // The pool has ended before its connections have, so the database may go away under them.
  pool.on('error', () => {})
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    // It names the type of Kysely's CommonJS build, which is the same and not assignable.
    return await generate({ db: db as never, dialect: getDialect('postgres'), outFile: null })
  } finally {
    await db.destroy()
  }
}

/** Runs `use` with the url of an empty database, which is gone afterwards. */
async function withDatabase<T>(use: (url: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-types-'))
  try {
    // Started by root, Postgres runs as another account.
    await chmod(folder, 0o711)
    const postgres = await startEmbeddedPostgres({ folder })
    try {
      return await use(postgres.url)
    } finally {
      await postgres.stop()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

await command(import.meta.url, {
  help: `npm run db:types [-- --check]
Writes db/generated-types.ts from the schema that the migrations make: in a Postgres of its own, or in the database
at DATABASE_URL, which is migrated for that.
  --check  write nothing; exit with 1 when the file is not up to date`,
  flags: ['--check'],
  run: async (given) => {
    const url = environment.DATABASE_URL
    const types = await (url ? generateTypes(url) : withDatabase(generateTypes))
    if (given.has('--check')) {
      const current = (await readFile(TYPES, 'utf8')) === types
      return current ? [] : ['db/generated-types.ts is not up to date: npm run db:types']
    }
    await writeFile(TYPES, types)
    return []
  },
})
