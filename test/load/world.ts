import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { postgresPid } from '#test/support/embedded-database.ts'
import { Caller, join } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import type { ClientHandlers } from './client-process.ts'
import type { FloorHandlers } from './floor-process.ts'
import type { GatewayHandlers } from './gateway-process.ts'
import { pin } from './pin.ts'
import { type RemoteProcess, startRemote } from './remote.ts'
import { stampedContent } from './stamp.ts'

/** The cores of the servers and of the load clients; Postgres is on either. */
const CORES = { servers: 0, clients: 1 }
/** Besides those that a new guild has. */
const CHANNELS = 100
const PEOPLE = 20
const HISTORY = 60

export interface Server {
  readonly pid: number
  readonly output: () => string
}

export interface Standalone extends Server {
  readonly http: string
  readonly gateway: string
  readonly postgresPid: number
  readonly dataDir: string
}

export interface Gateway extends Server, Pick<RemoteProcess<GatewayHandlers>, 'call'> {
  readonly url: string
}

export interface Floor extends Server, Pick<RemoteProcess<FloorHandlers>, 'call'> {
  readonly url: string
}

export interface Client extends Pick<RemoteProcess<ClientHandlers>, 'pid' | 'call'> {
  /** Moves the process to a core, where processes are pinned. */
  moveTo(core: keyof typeof CORES): Promise<void>
}

/** Who and what there is on the server. */
export interface Place {
  readonly tokens: readonly string[]
  readonly guildId: string
  /** Where messages are posted. */
  readonly channelId: string
  /** Has HISTORY messages, and gets no more. */
  readonly historyId: string
}

/**
 * The processes of a benchmark and their data folder. Either the standalone server runs on it, just as a user
 * starts it, or the gateway alone.
 */
export class World {
  readonly #pinned: boolean
  readonly #dataDir: string
  #place: Place | undefined
  #standalone: Promise<Standalone> | undefined
  #gateway: Promise<Gateway> | undefined
  #stops: (() => Promise<unknown>)[] = []

  private constructor(dataDir: string, pinned: boolean) {
    this.#dataDir = dataDir
    this.#pinned = pinned
  }

  static async open({ pinned }: { pinned: boolean }): Promise<World> {
    return new World(await mkdtemp(path.join(tmpdir(), 'guildhall-bench-')), pinned)
  }

  async close(): Promise<void> {
    await this.rest()
    await rm(this.#dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }

  /** Ends what runs; the data stay. */
  async rest(): Promise<void> {
    this.#standalone = undefined
    this.#gateway = undefined
    for (const stop of this.#stops.splice(0).reverse()) await stop()
  }

  async place(): Promise<Place> {
    if (!this.#place) await this.standalone()
    return this.#place as Place
  }

  /** Started anew unless it runs already. */
  async standalone(): Promise<Standalone> {
    if (!this.#standalone) {
      await this.rest()
      this.#standalone = this.#startStandalone()
    }
    return this.#standalone
  }

  async gatewayAlone(): Promise<Gateway> {
    await this.place()
    if (!this.#gateway) {
      await this.rest()
      this.#gateway = this.#startGateway()
    }
    return this.#gateway
  }

  async floor(): Promise<Floor> {
    const floor = startRemote<FloorHandlers>('floor-process.ts')
    this.#stops.push(() => floor.stop())
    const url = await floor.call.listen(undefined)
    await this.#pin(floor.pid, CORES.servers)
    return { ...floor, url }
  }

  async client(): Promise<Client> {
    const client = startRemote<ClientHandlers>('client-process.ts')
    this.#stops.push(() => client.stop())
    await client.call.reset(undefined)
    const moveTo = (core: keyof typeof CORES) => this.#pin(client.pid, CORES[core])
    await moveTo('clients')
    return { ...client, moveTo }
  }

  async #startStandalone(): Promise<Standalone> {
    const server = await startServer({
      dataDir: this.#dataDir,
      env: { GUILDHALL_EMAIL_CONFIRMATION: 'off', NODE_OPTIONS: '--inspect-port=0' },
    })
    this.#stops.push(() => server.stop())
    this.#place ??= await furnish(server)
    await this.#pin(server.pid, CORES.servers)
    return { ...server, postgresPid: await postgresPid(this.#dataDir) }
  }

  async #startGateway(): Promise<Gateway> {
    const gateway = startRemote<GatewayHandlers>('gateway-process.ts')
    this.#stops.push(async () => {
      await gateway.call.stop(undefined)
      await gateway.stop()
    })
    const url = await gateway.call.start(this.#dataDir)
    await this.#pin(gateway.pid, CORES.servers)
    return { ...gateway, url }
  }

  async #pin(pid: number, core: number): Promise<void> {
    if (this.#pinned) await pin(pid, core)
  }
}

/** One guild of 100 channels with 20 members, and a page of history. */
async function furnish({ http }: TestServer): Promise<Place> {
  const callers: Caller[] = []
  for (let index = 0; index < PEOPLE; index++) {
    const username = `person_${index}`
    const { token } = await new Caller(http).expect('POST', '/auth/register', {
      ...{ username, email: `${username}@example.org`, password: 'correct horse battery', consent: true },
    })
    callers.push(new Caller(http, token))
  }
  const [owner, ...guests] = callers as [Caller, ...Caller[]]
  const guild = await owner.expect('POST', '/guilds', { name: 'A guild' })
  const ids: string[] = []
  for (let index = 0; index < CHANNELS; index++)
    ids.push((await owner.expect('POST', `/guilds/${guild.id}/channels`, { name: `channel-${index}` })).id)
  const [channelId, historyId] = ids as [string, string]
  for (const guest of guests) await join(owner, guest, channelId)
  for (const id of [...Array<string>(HISTORY).fill(historyId), channelId])
    await owner.expect('POST', `/channels/${id}/messages`, { content: stampedContent(0) })
  return {
    tokens: callers.map(({ authorization }) => authorization as string),
    guildId: guild.id,
    channelId,
    historyId,
  }
}
