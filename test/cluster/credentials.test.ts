import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { headers } from '@nats-io/transport-node'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type NatsUser, USERS } from '#db/nats/permissions.ts'
import { urlsOf, usersBlock } from '#db/nats/users.ts'
import { roleOf, SERVICES, type Service } from '#db/postgres/grants.ts'
import { openJetStreamEventLog } from '#shared/adapters/event-log/jetstream-event-log.ts'
import { type Nats, openNats } from '#shared/adapters/nats/nats.ts'
import { openJetStreamSessionStore } from '#shared/adapters/session-store/jetstream-session-store.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient, TestSession } from '#test/support/gateway-client.ts'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { type Backend, Front } from './front.ts'
import { missingStores, type OwnStores, ownStores } from './own-stores.ts'

const { GUILDHALL_STACK_DIR, XDG_CACHE_HOME, GUILDHALL_BUILD } = process.env
const CACHE = XDG_CACHE_HOME ?? path.join(homedir(), '.cache')
const NATS_SERVER = path.join(GUILDHALL_STACK_DIR ?? path.join(CACHE, 'guildhall-stack'), 'nats/nats-server')
const ROOT = path.resolve(import.meta.dirname, '../..')
const START_MS = 60_000
const NOT_ALLOWED = '42501'

const lacking = [...missingStores(process.env), ...(existsSync(NATS_SERVER) ? [] : [NATS_SERVER])]
const title = 'each service with credentials of its own'

describe.skipIf(lacking.length > 0)(
  lacking.length > 0 ? `${title} — skipped: no ${lacking.join(', ')}` : title,
  () => {
    let stores: OwnStores
    let folder: string
    let namespace: string
    let beforeMigration: string
    let front: Front
    let http: string
    let gateway: string
    const secret = randomBytes(12).toString('hex')
    const passwords = Object.fromEntries(USERS.map((user) => [user, secret])) as Record<NatsUser, string>
    const children: ChildProcess[] = []
    const backends: Backend[] = []
    const output: string[] = []
    let natsServer: string

    const login = (service: Service) => `${namespace}_${service}`
    const databaseOf = (service: Service): string => {
      const url = new URL(stores.env.DATABASE_URL)
      url.username = login(service)
      url.password = secret
      return url.href
    }
    const natsOf = (user: NatsUser): string => urlsOf(user, { namespace, servers: [natsServer], passwords })

    beforeAll(async () => {
      stores = await ownStores(process.env)
      namespace = stores.env.NATS_NAMESPACE as string
      folder = await mkdtemp(path.join(tmpdir(), 'guildhall-credentials-'))
      natsServer = await startNats()
      beforeMigration = await openSessions('gateway').then(
        () => '',
        ({ message }: Error) => message,
      )

      const migrated = run('db/main', { ...stores.env, NATS_URLS: natsOf('migrate') })
      const [code] = await once(migrated, 'exit')
      if (code !== 0) throw new Error(`the stores were not migrated:\n${output.join('\n')}`)
      for (const service of SERVICES)
        await onPostgres(
          stores.env.DATABASE_URL,
          `create role ${login(service)} login password '${secret}' in role ${roleOf(service)}`,
        )

      front = new Front(
        () => backends,
        async () => mails(stores.env),
      )
      const ports = await front.listen(0, 0)
      http = `http://127.0.0.1:${ports.http}`
      gateway = `ws://127.0.0.1:${ports.gateway}`
      await Promise.all(SERVICES.map(startService))
    }, 120_000)

    afterAll(async () => {
      await front?.close()
      const [nats, ...services] = children
      await Promise.all(services.map((child) => ended(child, 'SIGTERM')))
      if (nats) await ended(nats, 'SIGKILL')
      await stores?.drop()
      if (namespace)
        for (const service of SERVICES)
          await onPostgres(process.env.DATABASE_URL as string, `drop role if exists ${login(service)}`)
      if (folder) await rm(folder, { recursive: true })
    }, 60_000)

    test('people talk, search, resume and log out; nothing is denied', async () => {
      const ada = await newPerson(http, 'ada')
      const bob = await newPerson(http, 'bob')
      const { id: guildId, general } = await newGuild(ada)
      await join(ada, bob, general)
      const { token: bot } = await newBot(ada, guildId)
      await GatewayClient.enter(gateway, `Bot ${bot}`, {}).then((client) => client.terminate())
      const session = await TestSession.identify(gateway, ada.token)

      const first = await says(bob, general, 'the kettle is on')
      await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.id === first)
      await bob.expect('PATCH', `/channels/${general}/messages/${first}`, { content: 'the kettle boils' })
      await ada.expect('PUT', `/channels/${general}/messages/${first}/reactions/👍/@me`)
      await session.until(({ t }) => t === 'MESSAGE_REACTION_ADD')
      await bob.expect('POST', `/channels/${general}/typing`)
      await session.client.dispatch('TYPING_START')

      await session.cut()
      const missed = await says(bob, general, 'nobody hears this')
      await session.resume(gateway)
      await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.id === missed)

      const history = await ada.expect('GET', `/channels/${general}/messages?limit=10`)
      expect(history.map(({ content }: { content: string }) => content)).toEqual(
        expect.arrayContaining(['the kettle boils', 'nobody hears this']),
      )
      await eventually('the message is found', async () => {
        const found = await ada.request('GET', `/guilds/${guildId}/messages/search?content=kettle`)
        return found.status === 200 && found.body.total_results === 1
      })

      const direct = await ada.expect('POST', '/users/@me/channels', { recipient_id: bob.id })
      await says(ada, direct.id, 'between us')
      await ada.expect('DELETE', `/channels/${general}/messages/${missed}`)
      await ada.expect('POST', `/channels/${general}/messages`, form('notes.txt', 'attached'))
      await ada.expect('DELETE', `/guilds/${guildId}`)
      await ada.expect('POST', '/auth/logout', {})
      expect((await session.client.closed).code).toBe(4004)
      expect(output.filter((line) => /denied|violation/i.test(line))).toEqual([])
    })

    test.each<readonly [Service, string]>([
      ['api', 'select * from credentials'],
      ['api', 'delete from users'],
      ['api', 'update outbox set d = d'],
      ['auth', 'delete from guilds'],
      ['auth', 'select * from roles'],
      ['gateway', 'update users set bio = bio'],
      ['gateway', 'insert into tokens (hash, user_id) select hash, user_id from tokens'],
      ['gateway', 'select snowflake()'],
      ['indexer', 'select * from users'],
      ['indexer', 'delete from outbox'],
      ['relay', 'select * from tokens'],
      ['relay', 'update outbox set facts = facts'],
      ['relay', 'select * from mail_queue'],
      ...SERVICES.map((service) => [service, 'create table mine (id int)'] as const),
      ...SERVICES.map((service) => [service, "delete from migrations where name = ''"] as const),
    ])('in Postgres %s cannot: %s', async (service, statement) => {
      await expect(onPostgres(databaseOf(service), statement)).rejects.toMatchObject({ code: NOT_ALLOWED })
    })

    test.each<readonly [NatsUser, string]>([
      ['indexer', 'events.1.g.2'],
      ['gateway', 'events.1.g.2'],
      ['relay', 'events.1.g.2'],
      ['auth', 'events.1.g.2.v'],
      ['api', 'events.1.u.2.v'],
      ['migrate', 'events.1.g.2'],
      ['indexer', 'sessions.one.two'],
      ['auth', 'sessions.one.two'],
      ['indexer', 'bus.token_revoked'],
      ['relay', 'bus.rate_limit_told.1'],
    ])('on NATS %s cannot publish %s', async (user, subject) => {
      expect(
        await refusals(user, (nats) => nats.connection.publish(`${namespace}.${subject}`, '{}')),
      ).toEqual([expect.stringContaining(`Publish to "${namespace}.${subject}"`)])
    })

    test.each<readonly [NatsUser, string]>([
      ['gateway', 'STREAM.PURGE'],
      ['indexer', 'STREAM.MSG.GET'],
      ['relay', 'STREAM.DELETE'],
      ['api', 'STREAM.UPDATE'],
      ['migrate', 'STREAM.DELETE'],
    ])('on NATS %s cannot ask for %s of the log', async (user, request) => {
      const subject = `$JS.API.${request}.${namespace}_events`
      expect(await refusals(user, (nats) => nats.connection.publish(subject, '{}'))).toEqual([
        expect.stringContaining(`Publish to "${subject}"`),
      ])
    })

    test.each<readonly [NatsUser, string]>([
      ['api', '>'],
      ['auth', '_INBOX.*'],
      ['indexer', '_INBOX_NAMESPACE_gateway.>'],
      ['relay', 'NAMESPACE.events.>'],
    ])('on NATS %s cannot listen to %s', async (user, pattern) => {
      const subject = pattern.replace('NAMESPACE', namespace)
      const listen = (nats: Nats) => void nats.connection.subscribe(subject, { callback: () => {} })
      expect(await refusals(user, listen)).toEqual([expect.stringContaining(`Subscription to "${subject}"`)])
    })

    test('the relay can do what it does after a crash and in the course of hours', async () => {
      const subject = `${namespace}.events.1.g.2.v`
      const unstored = headers()
      unstored.set('Nats-Expected-Last-Subject-Sequence', '987654321')
      const repeat = (nats: Nats) => nats.connection.publish(subject, '{}', { headers: unstored })
      expect(await refusals('relay', repeat)).toEqual([])

      await onPostgres(databaseOf('relay'), 'delete from outbox where position <= 1')
      const nats = await openAs('relay')
      const log = await openJetStreamEventLog({
        nats,
        clock: systemClock,
        namespace,
        replicas: 1,
        maxBytes: Number(stores.env.NATS_LOG_MAX_BYTES),
        onWarning: () => {},
        onTrouble: () => {},
      })
      await log.purge(asPosition(1))
      expect((await log.bounds()).first).toBe(2)
      await log.close()
      await nats.close()
    })

    test('a service says when a stream is missing or has other settings', async () => {
      expect(beforeMigration).toMatch(/^there is no stream \w+_sessions, .* run "npm run db:migrate"$/)
      await openSessions('gateway')
      await expect(openSessions('gateway', 77_000)).rejects.toThrow(/has other settings \(max_age\), .* run/)
    })

    async function startNats(): Promise<string> {
      const port = await freePort()
      const url = `nats://127.0.0.1:${port}`
      const file = path.join(folder, 'nats.conf')
      const block = usersBlock({ namespace, servers: [url], passwords })
      await writeFile(
        file,
        `listen: 127.0.0.1:${port}\njetstream { store_dir: ${JSON.stringify(folder)}, max_file: 2GB }\n${block}`,
      )
      const child = spawn(NATS_SERVER, ['-c', file], { stdio: 'ignore' })
      children.push(child)
      await eventually('nats-server listens', () => isListening(port))
      return url
    }

    const openAs = (user: NatsUser, onTrouble: (error: unknown) => void = () => {}): Promise<Nats> =>
      openNats({ servers: [natsOf(user)], name: 'guildhall tests', onTrouble })

    async function openSessions(user: NatsUser, resumeWindowMs = 300_000): Promise<void> {
      const nats = await openAs(user)
      try {
        const records = await openJetStreamSessionStore({
          nats,
          clock: systemClock,
          namespace,
          replicas: 1,
          resumeWindowMs,
          onWarning: () => {},
        })
        records.close()
      } finally {
        await nats.close()
      }
    }

    /** What the server says while a user does something. */
    async function refusals(user: NatsUser, act: (nats: Nats) => void): Promise<string[]> {
      const said: string[] = []
      const nats = await openAs(user, (error) => said.push(String(error)))
      act(nats)
      await nats.connection.flush()
      await nats.close()
      return said
    }

    async function startService(service: Service): Promise<void> {
      const child = run(`services/${service}/main`, {
        ...stores.env,
        DATABASE_URL: databaseOf(service),
        NATS_URLS: natsOf(service),
        GUILDHALL_PUBLIC_URL: http,
        GUILDHALL_GATEWAY_URL: gateway,
        GUILDHALL_HTTP_PORT: '0',
        GUILDHALL_GATEWAY_PORT: '0',
        GUILDHALL_RATE_LIMITS: 'off',
        GUILDHALL_LOG_LEVEL: 'warn',
      })
      const ready = () => output.map((line) => READY.exec(line)).find((found) => found?.[1] === service)
      const [, , own = '', sockets] = await eventually(
        `${service} is ready`,
        () => {
          if (child.exitCode !== null) throw new Error(`${service} ended:\n${output.join('\n')}`)
          return ready() ?? false
        },
        START_MS,
      )
      backends.push({ service, port: Number(new URL(sockets ?? own).port), ready: true })
    }

    function run(module: string, env: Readonly<Record<string, string | undefined>>): ChildProcess {
      const program = GUILDHALL_BUILD
        ? [path.join(GUILDHALL_BUILD, `${module}.js`)]
        : ['--import', 'ts-blank-space/register', `${module}.ts`]
      const { GUILDHALL_BUILD: _, GUILDHALL_STACK_DIR: __, ...settings } = env
      const child = spawn(process.execPath, program, {
        cwd: ROOT,
        env: settings,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      children.push(child)
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => output.push(line))
      return child
    }
  },
)

const READY = /^guildhall (\w+) is ready: (http:\S+?),?(?: gateway (\S+))?$/

async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

const says = async (person: Person, channelId: string, content: string): Promise<string> =>
  (await person.expect('POST', `/channels/${channelId}/messages`, { content })).id

function form(name: string, content: string): FormData {
  const data = new FormData()
  data.set('files[0]', new Blob([content]), name)
  return data
}

async function onPostgres(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

/** Those of this run, newest first, as the page of a standalone server has them. */
async function mails({ MAIL_API_URL: api, MAIL_FROM: sender = '' }: OwnStores['env']) {
  const all = (await (await fetch(`${api}/email`)).json()) as {
    from: { address: string }[]
    to: { address: string }[]
    text: string
  }[]
  return all
    .filter(({ from }) => from.some(({ address }) => sender.includes(address)))
    .map(({ to, text }) => ({ to: to[0]?.address, text }))
    .reverse()
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
