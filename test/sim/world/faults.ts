import type { Dice } from '../engine/dice.ts'
import { CALM, type Server } from '../engine/link.ts'
import type { SimProcess } from '../engine/process.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Trace } from '../engine/trace.ts'
import type { GatewayClient } from './client.ts'
import type { Fleet, Kind, Stores } from './fleet.ts'

interface Options {
  readonly scheduler: Scheduler
  readonly dice: Dice
  readonly trace: Trace
  readonly fleet: Fleet
  readonly stores: Stores
  readonly servers: readonly Server[]
  readonly clients: readonly GatewayClient[]
}

/** Something that happens to a process right after one of its steps. */
interface Trap {
  readonly process: SimProcess
  readonly point: string
  readonly act: () => void
}

const KINDS: readonly Kind[] = ['api', 'gateway', 'indexer', 'relay']

/** Steps after which a process dies or freezes on purpose: what came before has happened, what follows has not. */
const POINTS: Readonly<Record<Kind, readonly string[]>> = {
  api: ['request-facts', 'commit', 'commit', 'append', 'apply', 'outbox-mark', 'select outbox'],
  gateway: ['create'],
  indexer: ['apply', 'projection-confirm'],
  relay: ['append', 'outbox-mark', 'purge', 'select outbox'],
}

/** What goes wrong, at random; `heal` ends all of it. */
export class Faults {
  readonly #options: Options
  #traps: Trap[] = []

  constructor(options: Options) {
    this.#options = options
    for (const server of options.servers) {
      const { ran } = server
      server.ran = (process, what) => {
        ran(process, what)
        const sprung = this.#traps.find((trap) => trap.process === process && what.startsWith(trap.point))
        if (!sprung) return
        this.#traps = this.#traps.filter((trap) => trap !== sprung)
        sprung.act()
      }
    }
  }

  /** An api falls asleep between what it has committed and the log, for longer than dedupe ids are kept. */
  putToSleep(ms: number): void {
    const { dice, fleet } = this.#options
    const { process } = dice.pick(fleet.of('api'))
    this.#say(`${process.name} will sleep for ${ms} ms`)
    this.#traps.push({ process, point: 'select outbox', act: () => process.freeze(ms) })
  }

  strike(): void {
    const { dice } = this.#options
    dice.weighted<() => void>([
      [4, () => this.#weather()],
      [3, () => this.#stall()],
      [4, () => this.#freeze()],
      [4, () => this.#kill()],
      [4, () => this.#strikeAt()],
      [1, () => this.ponder()],
      [1, () => this.#fill()],
      [1, () => this.#purge()],
      [1, () => this.#starve()],
      [1, () => this.#renew()],
      [1, () => this.#jump()],
      [3, () => this.#logTrouble()],
      [1, () => this.#busTrouble()],
      [8, () => this.#client()],
    ])()
  }

  /** From here on everything works; who is frozen thaws when his time comes. */
  heal(): void {
    const { servers, stores, scheduler, fleet } = this.#options
    this.#say('all is well again')
    for (const server of servers) {
      server.weather = CALM
      server.stalledUntil = Math.min(server.stalledUntil, scheduler.now)
    }
    for (const unit of fleet.units)
      unit.process.frozenUntil = Math.min(unit.process.frozenUntil, scheduler.now)
    this.#traps = []
    stores.log.full = false
    stores.log.cuts = 0
    stores.log.lagMs = 5
    stores.bus.losses = 0
  }

  #weather(): void {
    const { dice, servers } = this.#options
    const server = dice.pick(servers)
    const bad = () => (dice.chance(0.5) ? dice.pick([0.05, 0.3, 1]) : 0)
    const weather = { lostRequest: bad(), lostAnswer: bad(), slow: bad(), slowMs: dice.between(10, 4_000) }
    this.#say(`${server.name}: ${JSON.stringify(weather)}`)
    server.weather = weather
    this.#for(dice.between(200, dice.chance(0.2) ? 30_000 : 8_000), () => {
      server.weather = CALM
    })
  }

  #stall(): void {
    const { dice, servers, scheduler } = this.#options
    const server = dice.pick(servers)
    const ms = dice.between(100, 9_000)
    this.#say(`${server.name} stalls for ${ms.toFixed(0)} ms`)
    server.stalledUntil = scheduler.now + ms
  }

  #freeze(): void {
    const { dice, fleet } = this.#options
    const { process } = dice.pick([...fleet.units])
    const ms = dice.pick([50, 1_000, 5_000, 20_000])
    this.#say(`${process.name} freezes for ${ms} ms`)
    process.freeze(dice.between(ms / 2, ms))
  }

  #kill(): void {
    const { dice, fleet } = this.#options
    const units = fleet.of(dice.pick(KINDS))
    if (units.length > 0) fleet.restart(dice.pick(units), dice.between(50, 5_000))
  }

  /** A process dies or freezes right after one of its steps. */
  #strikeAt(): void {
    const { dice, fleet } = this.#options
    const unit = dice.pick([...fleet.units])
    const point = dice.pick(POINTS[unit.kind])
    const act = dice.chance(0.5)
      ? () => fleet.restart(unit, dice.between(50, 5_000))
      : () => unit.process.freeze(dice.between(1_000, 20_000))
    this.#say(`${unit.process.name} will not get beyond ${point}`)
    this.#traps.push({ process: unit.process, point, act })
  }

  /** An api stops between what it has looked up and what it does with it. */
  ponder(): void {
    const { dice, fleet } = this.#options
    const apis = fleet.of('api')
    if (apis.length === 0) return
    const { process } = dice.pick(apis)
    this.#say(`${process.name} ponders`)
    this.#traps.push({ process, point: 'request-facts', act: () => process.freeze(dice.between(500, 6_000)) })
  }

  /** An api ends between what it has committed and its answer. */
  cutShort(): void {
    const { dice, fleet } = this.#options
    const apis = fleet.of('api')
    if (apis.length === 0) return
    const unit = dice.pick(apis)
    this.#say(`${unit.process.name} ends after its next commit`)
    const act = () => fleet.restart(unit, dice.between(50, 5_000))
    this.#traps.push({ process: unit.process, point: 'commit', act })
  }

  /** A relay purges as it starts. */
  #purge(): void {
    const { dice, fleet } = this.#options
    const relays = fleet.of('relay')
    if (relays.length > 0) fleet.restart(dice.pick(relays), 10)
  }

  /** A projection's store is away while the log is purged. */
  #starve(): void {
    const { dice, servers } = this.#options
    const server = dice.pick(servers.filter(({ name }) => name === 'timeline' || name === 'search'))
    this.#say(`${server.name} takes nothing`)
    server.weather = { ...CALM, lostRequest: 1 }
    this.#for(9_000, () => this.#purge())
    this.#for(12_000, () => {
      server.weather = CALM
    })
  }

  #fill(): void {
    const { dice, stores } = this.#options
    this.#say('the log is full')
    stores.log.full = true
    this.#for(dice.between(100, 4_000), () => {
      stores.log.full = false
    })
  }

  #renew(): void {
    const { dice, fleet } = this.#options
    fleet.renew(dice.pick([...fleet.units]))
  }

  #jump(): void {
    const { dice, fleet } = this.#options
    const { process } = dice.pick([...fleet.units])
    this.#say(`the clock of ${process.name} jumps`)
    process.jump(dice.between(-90_000, 90_000))
  }

  #logTrouble(): void {
    const { dice, stores } = this.#options
    const cuts = dice.chance(0.5) ? dice.between(0, 0.5) : 0
    const lagMs = dice.chance(0.5) ? dice.between(5, 3_000) : 5
    this.#say(`tails: lag ${lagMs.toFixed(0)} ms, cuts ${cuts.toFixed(2)}`)
    Object.assign(stores.log, { cuts, lagMs })
    this.#for(dice.between(500, 8_000), () => Object.assign(stores.log, { cuts: 0, lagMs: 5 }))
  }

  #busTrouble(): void {
    const { dice, stores } = this.#options
    stores.bus.losses = dice.between(0, 1)
    this.#for(dice.between(500, 10_000), () => {
      stores.bus.losses = 0
    })
  }

  #client(): void {
    const { dice, clients } = this.#options
    const client = dice.pick(clients)
    dice.weighted<() => void>([
      [5, () => client.cut()],
      [3, () => client.move()],
      [4, () => client.renew()],
      [2, () => client.clog(dice.between(100, 10_000))],
      [2, () => this.#absent(client)],
    ])()
  }

  /** A client is away while the log is purged, and resumes. */
  #absent(client: GatewayClient): void {
    const ms = this.#options.dice.between(5_000, 20_000)
    client.leave(ms)
    this.#for(ms - 500, () => this.#purge())
  }

  #for(ms: number, end: () => void): void {
    this.#options.scheduler.after(ms, null, end)
  }

  #say(what: string): void {
    this.#options.trace.add('fault', what)
  }
}
