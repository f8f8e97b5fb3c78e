import { randomBytes } from 'node:crypto'
import { describe } from 'vitest'
import { migrateScylla } from '#db/scylla/migrate.ts'
import { type Cql, type CqlOptions, openCql } from '#shared/adapters/cql/cql.ts'

/** The server that the environment names. */
export const cqlServer = {
  contactPoints: (process.env.CASSANDRA_CONTACT_POINTS ?? '').split(',').filter(Boolean),
  localDataCenter: process.env.CASSANDRA_DATACENTER ?? 'datacenter1',
  onTrouble: () => {},
} satisfies Omit<CqlOptions, 'keyspace'>

/** Where a suite runs on the server that the environment names, or is skipped with the reason. */
export const cqlDescribe = {
  title: (name: string) =>
    cqlServer.contactPoints.length > 0 ? name : `${name} — skipped: CASSANDRA_CONTACT_POINTS is not set`,
  run: describe.skipIf(cqlServer.contactPoints.length === 0),
}

/** Servers are shared and keep their data: each suite has a keyspace of its own. */
export const freshKeyspace = (): string => `test_${randomBytes(6).toString('hex')}`

export const migrateKeyspace = (keyspace: string, folder?: URL): Promise<string[]> =>
  migrateScylla({ ...cqlServer, keyspace, replication: { [cqlServer.localDataCenter]: 1 } }, () => {}, folder)

/** A keyspace with the current schema, which goes when it is closed. */
export async function openTestKeyspace(): Promise<{ cql: Cql; keyspace: string; close(): Promise<void> }> {
  const keyspace = freshKeyspace()
  await migrateKeyspace(keyspace)
  const cql = await openCql({ ...cqlServer, keyspace })
  return {
    cql,
    keyspace,
    async close() {
      await cql.close()
      await dropKeyspace(keyspace)
    },
  }
}

export async function dropKeyspace(keyspace: string): Promise<void> {
  const cql = await openCql({ ...cqlServer, keyspace })
  await cql.define(`drop keyspace if exists ${keyspace}`)
  await cql.close()
}
