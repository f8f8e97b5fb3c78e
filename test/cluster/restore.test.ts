import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCql } from '#shared/adapters/cql/cql.ts'
import { jetStreamApi } from '#shared/adapters/nats/jetstream-api.ts'
import { openNats } from '#shared/adapters/nats/nats.ts'
import { openDatabase } from '#shared/store/database.ts'
import { Projections } from '#shared/store/projections.ts'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient, TestSession } from '#test/support/gateway-client.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'
import { Cluster, SERVICES } from './cluster.ts'
import { missingStores, type OwnStores, ownStores } from './own-stores.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const TABLES = ['messages', 'message_buckets', 'message_reactions']
/** What reads positions; auth does not. */
const REFUSING = ['api', 'gateway', 'indexer', 'relay'] as const

const lacking = missingStores(process.env)
const title = 'a store of a running cluster is lost'

/** One process of each service; each test loses something, and brings it back as docs/cluster.md says. */
describe.skipIf(lacking.length > 0)(
  lacking.length > 0 ? `${title} — skipped: no ${lacking.join(', ')}` : title,
  () => {
    let stores: OwnStores
    let cluster: Cluster
    let ada: Person
    let home: { id: string; general: string }

    beforeAll(async () => {
      stores = await ownStores(process.env)
      cluster = await Cluster.start({
        env: { ...stores.env, GUILDHALL_RATE_LIMITS: 'off', GUILDHALL_LOG_LEVEL: 'error' },
        processes: 1,
        httpPort: 0,
        gatewayPort: 0,
        print: () => {},
      })
      ada = await newPerson(cluster.http, 'ada')
      home = await newGuild(ada)
      const messages = `/channels/${home.general}/messages`
      const [first, second, third] = [await say('kite one'), await say('kite two'), await say('kite three')]
      await ada.expect('PATCH', `${messages}/${first}`, { content: 'kite edited' })
      await ada.expect('DELETE', `${messages}/${second}`)
      await ada.expect('PUT', `${messages}/${third}/reactions/%F0%9F%91%8D/@me`)
    }, 120_000)

    afterAll(async () => {
      await cluster?.stop()
      await stores?.drop()
    }, 60_000)

    const say = async (content: string): Promise<string> =>
      (await ada.expect('POST', `/channels/${home.general}/messages`, { content })).id

    const history = () => ada.expect('GET', `/channels/${home.general}/messages?limit=100`)

    /** Newest first, like the history. */
    async function found(): Promise<string[] | undefined> {
      const { status, body } = await ada.request('GET', `/guilds/${home.id}/messages/search?content=kite`)
      return status === 200 ? body.messages.map(([hit]: [{ id: string }]) => hit.id) : undefined
    }

    const searchHasTheHistory = async () => {
      const ids = (await history()).map(({ id }: { id: string }) => id)
      await eventually('search has what the history has', async () => `${await found()}` === `${ids}`)
    }

    /** A command of operators. @returns what it said, @throws when it fails */
    async function operate(module: string, ...flags: string[]): Promise<string> {
      const { GUILDHALL_BUILD: build, ...env } = stores.env
      const program = build
        ? [path.join(build, `${module}.js`)]
        : ['--import', 'ts-blank-space/register', `${module}.ts`]
      const child = spawn(process.execPath, [...program, ...flags], { cwd: ROOT, env })
      let said = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text
        })
      const [code] = await once(child, 'exit')
      if (code !== 0) throw new Error(`${module} ended with ${code}: ${said}`)
      return said
    }

    test('OpenSearch: search says that it is being built, then has everything again', async () => {
      await searchHasTheHistory()
      const { OPENSEARCH_URL: url, OPENSEARCH_PREFIX: prefix } = stores.env
      const names = await (await fetch(`${url}/_cat/indices/${prefix}-*?h=index`)).text()
      for (const name of names.trim().split('\n')) await fetch(`${url}/${name}`, { method: 'DELETE' })
      expect(await found()).toBeUndefined()

      await operate('db/main')
      await operate('services/indexer/reindex/main')
      await say('kite four')
      await searchHasTheHistory()
    })

    test('the timeline: what its copy lacks is applied from the log, and sessions go on', async () => {
      const before = await history()
      const session = await TestSession.identify(cluster.gateway, ada.token)
      await session.client.terminate()
      for (const indexer of cluster.of('indexer')) await cluster.end(indexer)
      const cql = await openCql({
        keyspace: stores.env.CASSANDRA_KEYSPACE as string,
        contactPoints: (process.env.CASSANDRA_CONTACT_POINTS as string).split(','),
        localDataCenter: process.env.CASSANDRA_DATACENTER ?? 'datacenter1',
        onTrouble: () => {},
      })
      for (const table of TABLES) await cql.define(`truncate ks.${table}`)
      await cql.close()
      expect(await history()).toEqual([])

      await operate('services/indexer/replay/main', '--timeline')
      await cluster.add('indexer')
      await eventually('the history is whole', async () => (await history()).length === before.length)
      expect(await history()).toEqual(before)
      const client = await GatewayClient.open(cluster.gateway)
      client.resume(session.token, session.sessionId, session.client.seq)
      await client.until((frame) => frame.t === 'RESUMED')
      await client.terminate()
    })

    test('[LOG-8] the log: no start without a new epoch, with it everything goes on', async () => {
      const before = await history()
      const session = await TestSession.identify(cluster.gateway, ada.token)
      await eventually('the end of the log is noted', async () => (await seen()) >= (await logEnd()))
      await Promise.all([...cluster.members].map((member) => cluster.kill(member)))
      const end = await logEnd()
      await onNats((api) => api(`STREAM.DELETE.${stores.env.NATS_NAMESPACE}_events`))
      const refusals = await Promise.allSettled(REFUSING.map((service) => cluster.add(service)))
      for (const refusal of refusals)
        expect(refusal).toMatchObject({
          status: 'rejected',
          reason: {
            message: expect.stringMatching(`the event log ends at 0, but ${end} .*log:epoch:cluster`),
          },
        })

      expect(await operate('services/indexer/new-epoch/main')).toContain(`the log goes on at ${2 ** 40}`)
      await Promise.all(SERVICES.map((service) => cluster.add(service)))
      expect(await history()).toEqual(before)
      const client = await GatewayClient.open(cluster.gateway)
      client.resume(session.token, session.sessionId, session.client.seq)
      expect((await client.until((frame) => frame.op === 9)).d).toBe(false)
      await client.identify(ada.token, { intents: undefined })
      for (const name of ['one', 'two']) {
        const { id } = await ada.expect('POST', `/guilds/${home.id}/channels`, { name, type: 0 })
        await client.dispatch('CHANNEL_CREATE', (channel) => channel.id === id)
      }
      const said = await say('kite five')
      await client.dispatch('MESSAGE_CREATE', (message) => message.id === said)
      expect(await logEnd()).toBeGreaterThanOrEqual(2 ** 40 + 2)
      await searchHasTheHistory()
      await client.terminate()
    })

    type Api = <T>(endpoint: string) => Promise<T>

    async function onNats<T>(work: (api: Api) => Promise<T>): Promise<T> {
      const servers = (process.env.NATS_URLS as string).split(',')
      const { connection, close } = await openNats({ servers, name: 'guildhall tests', onTrouble: () => {} })
      return work((endpoint) => jetStreamApi(connection, endpoint)).finally(close)
    }

    const logEnd = async (): Promise<number> => {
      const endpoint = `STREAM.INFO.${stores.env.NATS_NAMESPACE}_events`
      const { state } = await onNats((api) => api<{ state: { last_seq: number } }>(endpoint))
      return state.last_seq
    }

    async function seen(): Promise<number> {
      const database = openDatabase(stores.env.DATABASE_URL, { max: 1, onTrouble: () => {} })
      return new Projections(database.pool).position('log').finally(() => database.close())
    }
  },
)
