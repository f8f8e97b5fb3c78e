import { type Cql, type CqlOptions, openCql } from '#shared/adapters/cql/cql.ts'

const TIMELINE = ['messages', 'message_buckets', 'message_reactions'] as const
/** What each service reads and writes. */
const TABLES = { api: [...TIMELINE, 'pending_uploads'], indexer: TIMELINE } as const

/**
 * Gives the roles `<keyspace>_api` and `<keyspace>_indexer` their rights, and makes those that are missing. May be
 * repeated. Where this user may not, or the server knows no rights, `say` hears it.
 * @throws {LostCql} when no node answers
 */
export async function grantScylla(options: CqlOptions, say: (line: string) => void): Promise<void> {
  const cql = await openCql(options)
  try {
    for (const [service, tables] of Object.entries(TABLES)) {
      const role = `${options.keyspace}_${service}`
      // Who may not make roles may not make those either that are there.
      const unmade = await refusal(cql, `create role if not exists ${role}`)
      for (const right of ['select', 'modify'])
        for (const table of tables) {
          const ungranted = await refusal(cql, `grant ${right} on table ks.${table} to ${role}`)
          if (!ungranted) continue
          say(`the role ${role} did not get its rights: ${unmade ?? ungranted}; see docs/credentials.md`)
          return
        }
    }
  } finally {
    await cql.close()
  }
}

/** What the server says that does not do it. */
async function refusal(cql: Cql, statement: string): Promise<string | undefined> {
  try {
    await cql.define(statement)
    return undefined
  } catch (error) {
    const { name, message } = error as Error
    if (name !== 'ResponseError') throw error
    return message
  }
}
