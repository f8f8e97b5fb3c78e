import { START } from '#shared/kernel/ids.ts'
import { KNOWN_INTENTS, PRIVILEGED_INTENTS } from '#shared/protocol/intents.ts'
import { beginEpoch } from '#shared/store/log-end.ts'
import { checkFresh } from '../checks/fresh-fetch.ts'
import { NOTHING } from '../checks/naive-guild.ts'
import { Reference } from '../checks/reference.ts'
import { checkWorld } from '../checks/world.ts'
import { Dice } from '../engine/dice.ts'
import { replaceGlobals } from '../engine/globals.ts'
import { Server } from '../engine/link.ts'
import { EPOCH, SimProcess } from '../engine/process.ts'
import { Scheduler } from '../engine/scheduler.ts'
import { Trace } from '../engine/trace.ts'
import { SimulatedBus } from '../ports/bus.ts'
import { SimulatedLog } from '../ports/event-log.ts'
import { Network } from '../ports/network.ts'
import { SimulatedSearch } from '../ports/search.ts'
import { SimulatedSessions } from '../ports/sessions.ts'
import { SimulatedTimeline } from '../ports/timeline.ts'
import { seedBot, seedPerson } from '../postgres/seed.ts'
import { SimulatedPostgres } from '../postgres/simulated-postgres.ts'
import { type Account, GatewayClient } from './client.ts'
import { Faults } from './faults.ts'
import { Fleet, type Stores } from './fleet.ts'
import type { KnownGuild } from './known-guild.ts'
import { Operations } from './operations.ts'
import { Rest } from './rest.ts'
import { useEverything } from './use-everything.ts'
import { Violation } from './violation.ts'
import { Witness } from './witness.ts'
import { Workload } from './workload.ts'

export interface Outcome {
  readonly seed: number
  /** Of everything that happened: the same for every run of the seed. */
  readonly digest: string
  readonly violation: string | null
  readonly steps: number
  readonly operations: number
  readonly events: number
  readonly resumed: number
  readonly sessions: number
}

/** How long things go wrong, and how long everything then has to come right, in virtual ms. */
const STORM_MS = 50_000
const CALM_MS = 35_000

/** One seeded world from its beginning to the checks at its end. */
export async function runWorld(seed: number, print?: (line: string) => void): Promise<Outcome> {
  let violation: string | null = null
  const world = new World(seed, print)
  const restore = replaceGlobals(world.scheduler, world.dice)
  const unhandled = (error: Error) => {
    violation ??= `nobody handled: ${error.stack}`
  }
  process.on('unhandledRejection', unhandled)
  try {
    await world.run()
  } catch (error) {
    violation = error instanceof Violation ? error.message : `${(error as Error)?.stack ?? error}`
  } finally {
    restore()
    // Rejections that nobody handled are told when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
  }
  return world.outcome(violation)
}

class World {
  readonly dice: Dice
  readonly scheduler = new Scheduler()
  readonly #seed: number
  readonly #trace: Trace
  readonly #stores: Stores
  readonly #servers: readonly Server[]
  readonly #fleet: Fleet
  readonly #people: Account[]
  readonly #bot: Account
  readonly #rest: Rest
  readonly #operations: Operations
  readonly #workload: Workload
  readonly #witness: Witness
  /** While things go wrong. */
  #faults: Faults | undefined
  #stormMs = STORM_MS
  #sleepMs: number | undefined
  readonly #retentionMs: number
  readonly #rewinds: boolean

  constructor(seed: number, print?: (line: string) => void) {
    this.#seed = seed
    const dice = new Dice(seed)
    const { scheduler } = this
    const trace = new Trace(() => scheduler.now, print)
    this.dice = dice
    this.#trace = trace
    this.#witness = new Witness(scheduler)
    const server = (name: string) => new Server(name, scheduler, dice, trace)
    const servers = {
      postgres: server('postgres'),
      log: server('log'),
      timeline: server('timeline'),
      search: server('search'),
      sessions: server('sessions'),
    }
    this.#servers = Object.values(servers)
    this.#stores = {
      postgres: new SimulatedPostgres({ now: () => EPOCH + scheduler.now }),
      postgresServer: servers.postgres,
      log: new SimulatedLog(servers.log, scheduler, dice),
      timeline: new SimulatedTimeline(servers.timeline),
      search: new SimulatedSearch(servers.search),
      sessions: new SimulatedSessions(servers.sessions, this.#witness),
      bus: new SimulatedBus(scheduler, dice),
      network: new Network(scheduler, dice),
    }
    servers.postgres.ran = (_process, what) => this.#witness.ran(what, this.#stores.postgres)
    this.#stores.log.guardFirst = dice.chance(0.5)
    if (dice.chance(0.1)) this.#lengthen()
    this.#rewinds = dice.chance(0.1)
    // Nobody sleeps for longer than the log is kept: a link that has left it could be appended once more.
    this.#retentionMs = this.#sleepMs ? 600_000 : dice.pick([5_000, 20_000, 600_000])
    this.#fleet = new Fleet({
      scheduler,
      dice,
      trace,
      stores: this.#stores,
      heartbeatIntervalMs: 10_000,
      retentionMs: this.#retentionMs,
    })
    this.#people = Array.from({ length: dice.whole(3, 5) }, (_, index) => this.#person(index))
    this.#bot = this.#makeBot()
    this.#rest = new Rest({ fleet: this.#fleet, scheduler, dice, trace })
    this.#operations = new Operations(this.#rest, scheduler)
    this.#workload = new Workload({
      operations: this.#operations,
      rest: this.#rest,
      dice,
      scheduler,
      people: this.#people,
      hamper: { ponder: () => this.#faults?.ponder(), cutShort: () => this.#faults?.cutShort() },
    })
  }

  async run(): Promise<void> {
    this.#startFleet()
    await this.scheduler.run(1_000)
    await this.#until(this.#populate(), 30_000)
    this.#connect()
    await this.scheduler.run(this.scheduler.now + 500)
    const faults = new Faults({
      scheduler: this.scheduler,
      dice: this.dice,
      trace: this.#trace,
      fleet: this.#fleet,
      stores: this.#stores,
      servers: this.#servers,
      clients: this.#witness.clients,
    })
    this.#faults = faults
    if (this.#sleepMs) faults.putToSleep(this.#sleepMs)
    const end = this.scheduler.now + this.#stormMs
    this.#repeat(end, 150, 1_000, () => {
      // Now and then several at once, for what they do to each other.
      const many = this.dice.chance(0.1) ? 4 : 1
      for (let index = 0; index < many; index++) this.#act()
    })
    this.#repeat(end, 500, 6_000, () => faults.strike())
    await this.scheduler.run(end)
    faults.heal()
    this.#faults = undefined
    await this.scheduler.run(end + CALM_MS)
    if (this.#operations.underWay > 0)
      throw new Violation('I11', `${this.#operations.underWay} requests never ended`)
    await this.#until(this.#useEverything(), 30_000)
    await this.scheduler.run(this.scheduler.now + 10_000)
    await this.#check()
    if (this.#rewinds) await this.#rewind()
  }

  async #useEverything(): Promise<void> {
    for (const guild of this.#workload.guilds) {
      await useEverything(this.#operations, guild)
      await this.#workload.twins(guild)
    }
  }

  #act(): void {
    this.#workload.act().catch((error: unknown) => this.scheduler.fail(error))
  }

  #startFleet(): void {
    for (const kind of ['api', 'api', 'gateway', 'gateway', 'indexer', 'relay'] as const)
      this.#fleet.start(kind)
  }

  outcome(violation: string | null): Outcome {
    const transcripts = this.#witness.clients.flatMap((client) => client.transcripts)
    return {
      seed: this.#seed,
      digest: this.#trace.digest(),
      violation,
      steps: this.scheduler.steps,
      operations: this.#operations.all.length,
      events: this.#stores.log.history.length,
      sessions: transcripts.length,
      resumed: this.#witness.clients.reduce((sum, client) => sum + client.resumed, 0),
    }
  }

  #person(index: number): Account {
    const account = { id: String(1000 + index), token: `token-${index}`, bot: false }
    seedPerson(this.#stores.postgres, account.id, `person-${index}`, account.token)
    return account
  }

  /** A world in which a process may sleep for longer than dedupe ids are kept. */
  #lengthen(): void {
    this.#sleepMs = 90_000
    this.#stormMs = this.#sleepMs + STORM_MS
    this.#stores.log.dedupeMs = 80_000
  }

  /** A bot without MESSAGE_CONTENT, which a person's application has. */
  #makeBot(): Account {
    const [owner] = this.#people as [Account]
    const account = { id: '2000', token: 'token-of-bot', bot: true }
    seedBot(this.#stores.postgres, account.id, 'bot', account.token, { ownerId: owner.id, flags: 0 })
    return account
  }

  async #populate(): Promise<void> {
    const guilds = this.dice.whole(1, 2)
    for (let index = 0; index < guilds; index++) {
      const owner = this.#people[index] as Account
      await this.#workload.createGuild(owner)
      const guild = this.#workload.guilds[index] as KnownGuild
      for (const person of this.#people) if (this.dice.chance(0.8)) await this.#workload.join(person, guild)
      await this.#workload.authorize(owner, guild, this.#bot.id)
      await this.#workload.giveRoles(guild)
    }
  }

  #connect(): void {
    for (const [index, account] of [...this.#people, this.dice.pick(this.#people), this.#bot].entries()) {
      const client = new GatewayClient({
        name: `client-${index}`,
        account,
        intents: account.bot
          ? KNOWN_INTENTS & ~PRIVILEGED_INTENTS
          : this.dice.pick([KNOWN_INTENTS, KNOWN_INTENTS, 1 | (1 << 9), (1 << 9) | (1 << 10), 1]),
        shard: this.dice.chance(0.15) ? [this.dice.whole(0, 1), 2] : null,
        gateways: () => this.#fleet.of('gateway').map(({ process }) => process),
        network: this.#stores.network,
        logEnd: () => this.#stores.log.last,
        scheduler: this.scheduler,
        dice: this.dice,
        trace: this.#trace,
      })
      client.onInvalid = (transcript) => this.#witness.refused(transcript, this.#stores.log.first)
      this.#witness.clients.push(client)
      client.connect()
    }
  }

  /** Runs until a promise is settled. */
  async #until(work: Promise<void>, withinMs: number): Promise<void> {
    let done = false
    work.then(
      () => {
        done = true
      },
      (error: unknown) => this.scheduler.fail(error),
    )
    const deadline = this.scheduler.now + withinMs
    while (!done && this.scheduler.now < deadline) await this.scheduler.run(this.scheduler.now + 50)
    if (!done) throw new Error('the world could not be set up')
  }

  #repeat(until: number, low: number, high: number, what: () => void): void {
    const again = () => {
      if (this.scheduler.now >= until) return
      what()
      this.scheduler.after(this.dice.between(low, high), null, again)
    }
    again()
  }

  /** Whoever followed every event of a guild believes what a fresh fetch shows. */
  async #compareWithFetches(): Promise<void> {
    const reference = new Reference(this.#stores.log.history.map(({ event }) => event))
    for (const { current, account } of this.#witness.clients) {
      if (!current || current.intents !== KNOWN_INTENTS || current.shard) continue
      for (const { id } of this.#workload.guilds)
        await checkFresh(this.#rest, account, current, id, reference.guilds.get(id) ?? NOTHING)
    }
  }

  /**
   * The log is restored from an older copy: nothing starts on it until the operator has begun a new epoch; then
   * everybody identifies anew, and nothing but the log's own tail is lost.
   */
  async #rewind(): Promise<void> {
    const { log, postgres } = this.#stores
    for (const unit of [...this.#fleet.units]) this.#fleet.kill(unit)
    const lost = this.dice.whole(1, 8)
    this.#trace.add('fault', `the log loses its last ${lost} events`)
    log.rewind(lost)
    this.#startFleet()
    await this.scheduler.run(this.scheduler.now + 5_000)
    if (this.#fleet.up.length > 0)
      throw new Violation('LOG-8', `${this.#fleet.up} run on a log that lost its end`)
    const operator = new SimProcess({ name: 'operator', scheduler: this.scheduler, offset: 0, rate: 1 })
    const { database } = postgres.connect({ roundTrip: (_what, run) => run() })
    let next = START
    await this.#until(
      beginEpoch(database, log.port(operator)).then((position) => {
        next = position
      }),
      5_000,
    )
    await this.scheduler.run(this.scheduler.now + 30_000)
    for (let index = 0; index < 30; index++) this.#act()
    await this.scheduler.run(this.scheduler.now + CALM_MS)
    for (const { current, name } of this.#witness.clients)
      if (current && (this.#witness.bases.get(current.sessionId)?.position ?? START) < next - 1)
        throw new Violation('LOG-8', `${name} went on with a session of the epoch before`)
    await this.#check()
  }

  async #check(): Promise<void> {
    await checkWorld({
      stores: this.#stores,
      operations: this.#operations.all,
      commits: this.#witness.commits,
      clients: this.#witness.clients,
      bases: this.#witness.bases,
      retentionMs: this.#retentionMs,
    })
    await this.#until(this.#compareWithFetches(), 20_000)
  }
}
