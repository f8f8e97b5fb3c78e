import { apiRoutes } from '#services/api/routes.ts'
import { apiDeps } from '#services/api/service.ts'
import { startGateway } from '#services/gateway/service.ts'
import { startIndexer } from '#services/indexer/service.ts'
import { startRelay } from '#services/relay/service.ts'
import type { Endpoint } from '#shared/platform/http/endpoint.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { Metrics } from '#shared/platform/metrics.ts'
import type { Database } from '#shared/store/database.ts'
import { checkLogEnd } from '#shared/store/log-end.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import type { Dice } from '../engine/dice.ts'
import { Lost, type Server } from '../engine/link.ts'
import { SimProcess } from '../engine/process.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Trace } from '../engine/trace.ts'
import type { SimulatedBus } from '../ports/bus.ts'
import type { SimulatedLog } from '../ports/event-log.ts'
import type { Network } from '../ports/network.ts'
import type { SimulatedSearch } from '../ports/search.ts'
import type { SimulatedSessions } from '../ports/sessions.ts'
import type { SimulatedTimeline } from '../ports/timeline.ts'
import type { SimulatedPostgres } from '../postgres/simulated-postgres.ts'
import { Violation } from './violation.ts'

export type Kind = 'api' | 'gateway' | 'indexer' | 'relay'

/** One running process of the product. */
export interface Unit {
  readonly kind: Kind
  readonly process: SimProcess
  readonly database: Database
  disconnect(): void
  /** An api's endpoints by `METHOD /path/:parameter`; empty until it is up. */
  endpoints: ReadonlyMap<string, Endpoint>
  up: boolean
  /** SIGTERM. */
  stop(): Promise<void>
}

/** The stores that all processes share. */
export interface Stores {
  readonly postgres: SimulatedPostgres
  readonly postgresServer: Server
  readonly log: SimulatedLog
  readonly timeline: SimulatedTimeline
  readonly search: SimulatedSearch
  readonly sessions: SimulatedSessions
  readonly bus: SimulatedBus
  readonly network: Network
}

interface Options {
  readonly scheduler: Scheduler
  readonly dice: Dice
  readonly trace: Trace
  readonly stores: Stores
  readonly heartbeatIntervalMs: number
  readonly retentionMs: number
}

const RESET = () => new Lost('Connection terminated')
const NO_METRICS = { gauge: () => {} } as unknown as Metrics

/** The product's processes: started, killed and started again. */
export class Fleet {
  readonly units = new Set<Unit>()
  readonly #options: Options
  #started = 0

  constructor(options: Options) {
    this.#options = options
  }

  of(kind: Kind): Unit[] {
    return [...this.units].filter((unit) => unit.kind === kind)
  }

  /** Names of those that have come up. */
  get up(): string[] {
    return [...this.units].filter((unit) => unit.up).map((unit) => unit.process.name)
  }

  start(kind: Kind): Unit {
    const { scheduler, dice, trace, stores } = this.#options
    const process = new SimProcess({
      name: `${kind}-${++this.#started}`,
      scheduler,
      offset: dice.chance(0.3) ? dice.between(-90_000, 90_000) : 0,
      rate: dice.chance(0.3) ? dice.between(0.99, 1.01) : 1,
    })
    const { database, kill: disconnect } = stores.postgres.connect({
      roundTrip: (what, run) => stores.postgresServer.call(process, what, run, { lost: RESET }),
    })
    const unit: Unit = {
      kind,
      process,
      database,
      disconnect,
      endpoints: new Map(),
      up: false,
      stop: async () => {},
    }
    this.units.add(unit)
    trace.add(process.name, 'starts')
    // Its first step is its own, not that of whoever started it.
    process.after(0, () => {
      this.#run(unit).then(
        () => {
          unit.up = true
        },
        (error: unknown) => {
          if (isBug(error)) scheduler.fail(error)
          trace.add(process.name, `could not start: ${error}`)
          this.restart(unit, 200)
        },
      )
    })
    return unit
  }

  /** kill -9. */
  kill(unit: Unit): void {
    const { trace, stores } = this.#options
    trace.add(unit.process.name, 'is killed')
    unit.process.kill()
    this.units.delete(unit)
    stores.network.down(unit.process)
    unit.disconnect()
  }

  /** Killed, and another one in its place a while later. */
  restart(unit: Unit, afterMs: number): void {
    if (!this.units.has(unit)) return
    this.kill(unit)
    this.#options.scheduler.after(afterMs, null, () => this.start(unit.kind))
  }

  /** SIGTERM, and another one in its place. */
  renew(unit: Unit): void {
    this.#options.trace.add(unit.process.name, 'is asked to stop')
    unit.process.after(0, () => {
      void unit.stop().then(() => this.restart(unit, 100))
    })
  }

  async #run(unit: Unit): Promise<void> {
    const { stores, heartbeatIntervalMs, retentionMs } = this.#options
    const { process, database } = unit
    const { clock } = process
    const log = stores.log.port(process)
    const logger = this.#logger(process)
    const timeline = stores.timeline.port(process)
    const search = stores.search.port(process)
    const bus = stores.bus.port(process)
    const appender = new OutboxAppender(database.db, log)
    const metrics = NO_METRICS
    await checkLogEnd(database, log)
    switch (unit.kind) {
      case 'api': {
        const deps = await apiDeps({
          database,
          log,
          bus,
          presences: { online: () => [] },
          timeline,
          search,
          blobs: {} as never,
          pendingUploads: {} as never,
          appender,
          clock,
          logger,
          mostImageBytes: 0,
          publicUrl: () => 'http://guildhall',
          gatewayUrl: (host) => `ws://${host}`,
        })
        unit.endpoints = new Map(
          apiRoutes(deps).map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]),
        )
        return
      }
      case 'gateway': {
        const gateway = await startGateway({
          host: '',
          port: 0,
          publicUrl: null,
          heartbeatIntervalMs,
          database,
          log,
          bus,
          records: stores.sessions.port(process),
          listen: async (options) => stores.network.listen(process, options),
          logger,
          metrics,
          clock,
        })
        unit.stop = () => gateway.stop()
        return
      }
      case 'indexer': {
        const indexer = startIndexer({ database, log, timeline, search, clock, logger, metrics })
        unit.stop = () => indexer.stop()
        return
      }
      case 'relay': {
        const relay = startRelay({ database, log, appender, retentionMs, clock, logger, metrics })
        unit.stop = () => relay.stop()
      }
    }
  }

  #logger(process: SimProcess): Logger {
    const { trace } = this.#options
    const hear = (level: string) => (about: unknown, what?: string) => {
      const error = (about as { err?: unknown } | undefined)?.err
      trace.add(process.name, `${level}: ${what ?? about} ${error ?? ''}`)
      if (isBug(error)) this.#options.scheduler.fail(error)
    }
    const silent = () => {}
    const logger = {
      error: hear('error'),
      warn: hear('warn'),
      info: hear('info'),
      debug: silent,
      trace: silent,
    }
    return { ...logger, child: () => logger } as unknown as Logger
  }
}

/** Errors that no lost dependency explains. */
export const isBug = (error: unknown): boolean =>
  error instanceof Violation ||
  error instanceof TypeError ||
  error instanceof ReferenceError ||
  error instanceof RangeError ||
  (error instanceof Error && /is not simulated|does not know/.test(error.message))

/** What a fault of the world ends a request in: a store was away, a connection was lost, a deadlock was broken. */
export const isFault = (error: unknown): boolean =>
  error instanceof Lost ||
  (error instanceof Error && /is not queryable|deadlock detected|could not serialize/.test(error.message))
