import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { openCql } from '#shared/adapters/cql/cql.ts'
import { jetStreamApi } from '#shared/adapters/nats/jetstream-api.ts'
import { openNats } from '#shared/adapters/nats/nats.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What a cluster needs. */
const STORES = [
  'DATABASE_URL',
  'NATS_URLS',
  'CASSANDRA_CONTACT_POINTS',
  'OPENSEARCH_URL',
  'S3_BUCKET',
  'SMTP_URL',
] as const

/** Names that the environment lacks. */
export const missingStores = (env: Environment): string[] => STORES.filter((key) => !env[key])

/** Where stores of one's own are, and how they are removed. */
export interface OwnStores {
  readonly env: Environment & { readonly DATABASE_URL: string }
  drop(): Promise<void>
}

/**
 * Stores of one's own on servers that others use too: a database, streams, a keyspace and indices by a name that
 * nobody else has. Files and mails are shared.
 */
export async function ownStores(env: Environment): Promise<OwnStores> {
  const name = `gh_${randomBytes(5).toString('hex')}`
  await onPostgres(env.DATABASE_URL as string, `create database ${name}`)
  const url = new URL(env.DATABASE_URL as string)
  url.pathname = `/${name}`
  return {
    env: {
      ...env,
      DATABASE_URL: url.href,
      NATS_NAMESPACE: name,
      // NATS sets so much aside for each stream.
      NATS_LOG_MAX_BYTES: '200000000',
      CASSANDRA_KEYSPACE: name,
      OPENSEARCH_PREFIX: name,
      MAIL_FROM: `Guildhall <${name}@example.org>`,
    },
    async drop() {
      await onPostgres(env.DATABASE_URL as string, `drop database if exists ${name} with (force)`)
      await dropStreams(env, name)
      const cql = await openCql({
        keyspace: name,
        contactPoints: (env.CASSANDRA_CONTACT_POINTS as string).split(','),
        localDataCenter: env.CASSANDRA_DATACENTER ?? 'datacenter1',
        onTrouble: () => {},
      })
      await cql.define(`drop keyspace if exists ${name}`).finally(() => cql.close())
      const indices = (
        await (await fetch(`${env.OPENSEARCH_URL}/_cat/indices/${name}-*?h=index`)).text()
      ).trim()
      for (const index of indices.split('\n').filter(Boolean))
        await fetch(`${env.OPENSEARCH_URL}/${index}`, { method: 'DELETE' })
    },
  }
}

/** One statement on a connection of its own. */
export async function onPostgres(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

async function dropStreams(env: Environment, namespace: string): Promise<void> {
  const servers = (env.NATS_URLS as string).split(',')
  const { connection, close } = await openNats({ servers, name: 'guildhall tests', onTrouble: () => {} })
  for (const stream of ['events', 'sessions'])
    await jetStreamApi(connection, `STREAM.DELETE.${namespace}_${stream}`).catch(() => {})
  await close()
}
