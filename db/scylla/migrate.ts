import { readdir, readFile } from 'node:fs/promises'
import { type CqlOptions, openCql } from '#shared/adapters/cql/cql.ts'

const FOLDER = new URL('./', import.meta.url)
const NOTES = 'create table if not exists ks.migrations (name text primary key, applied_at timestamp)'
const NOTE = 'insert into ks.migrations (name, applied_at) values (?, toTimestamp(now()))'

interface Options extends CqlOptions {
  /** Copies by data centre. Only for a keyspace that is made: one that is there is left as it is. */
  readonly replication: Readonly<Record<string, number>>
}

/**
 * Brings the schema of a keyspace up to date, and makes it if it is missing. Safe when several start at once: each
 * statement of db/scylla may run twice, and the note that a file ran is written after its last one.
 * @returns the names of the migrations that this call ran
 * @throws when no node answers, or a migration breaks: it is named, and its statements before are there
 */
export async function migrateScylla(
  options: Options,
  progress: (line: string) => void = () => {},
  folder: URL = FOLDER,
): Promise<string[]> {
  const cql = await openCql(options)
  try {
    await cql.define(keyspaceOf(options))
    await cql.define(NOTES)
    const notes = await cql.rows<{ name: string }>('select name from ks.migrations', [])
    const done = new Set(notes.map(({ name }) => name))
    const files = (await readdir(folder)).filter((name) => name.endsWith('.cql')).sort()
    const due = files.filter((name) => !done.has(name))
    for (const name of due) {
      const text = await readFile(new URL(name, folder), 'utf8')
      try {
        for (const statement of statementsOf(text)) await cql.define(statement)
      } catch (cause) {
        throw new Error(`migration ${name} broke: ${(cause as Error).message}`, { cause })
      }
      await cql.write([{ query: NOTE, params: [name] }])
      progress(`migration ${name} applied`)
    }
    return due
  } finally {
    await cql.close()
  }
}

function keyspaceOf({ keyspace, replication }: Options): string {
  const copies = Object.entries(replication).map(([center, count]) => `, '${center}': ${count}`)
  return `create keyspace if not exists ${keyspace}
    with replication = {'class': 'NetworkTopologyStrategy'${copies.join('')}}`
}

const statementsOf = (text: string): string[] =>
  text
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter(Boolean)
