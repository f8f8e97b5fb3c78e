import type { FastifyInstance } from 'fastify'
import type { ConfigProblem } from '#config/load.ts'
import { type Clock, systemClock } from '#shared/kernel/clock.ts'
import type { Result } from '#shared/kernel/result.ts'
import { addHealth } from './http/health.ts'
import { closeHttp, listen } from './http/listen.ts'
import { createLogger, type Logger, type LogLevel } from './logger.ts'
import { Metrics } from './metrics.ts'
import { fail, say, stopOnSignal } from './terminal.ts'

/** Longer than a round of health checks of whoever shares out requests. */
export const LINGER_MS = 5_000

interface ServiceConfig {
  readonly http: { readonly host: string; readonly port: number }
  readonly log: { readonly level: LogLevel }
}

export interface ServiceProcess<C> {
  readonly config: C
  readonly logger: Logger
  readonly metrics: Metrics
  readonly clock: Clock
  /** For what stores complain about while they mend themselves. */
  readonly onTrouble: (error: unknown) => void
  /** What is opened later is closed earlier. */
  onStop(step: () => Promise<unknown> | unknown): void
}

interface Started {
  /** Served with health and metrics besides. */
  readonly http: FastifyInstance
  /** Why a request would not succeed now; undefined: it would. */
  readonly notReady: () => Promise<string | undefined>
  /** For the line that says that it is ready. */
  readonly description?: string
  /**
   * How long requests are still served, on connections that end with their answer, while the health page says
   * that the process is stopping: until whoever shares out requests has seen it.
   */
  readonly lingerMs?: number
}

/** One service of a cluster as a process of its own: settings, health, metrics, and an orderly end. */
export async function runService<C extends ServiceConfig>(
  name: string,
  config: Result<C, ConfigProblem[]>,
  start: (process: ServiceProcess<C>) => Promise<Started>,
): Promise<void> {
  if (!config.ok) return fail(config.error.map(({ key, problem }) => `${key} ${problem}`).join('\n'))
  const { http: address, log } = config.value
  const logger = createLogger({ service: name, level: log.level })
  const metrics = new Metrics()
  const clock = systemClock
  const stops: (() => Promise<unknown> | unknown)[] = []
  let stopping = false
  const unwind = async () => {
    for (const step of stops.splice(0).reverse()) {
      try {
        await step()
      } catch (error) {
        logger.error({ err: error }, 'a part did not stop in order; the others do')
      }
    }
  }
  const onTrouble = (error: unknown) => {
    if (!stopping)
      logger.warn({ reason: error instanceof Error ? error.message : error }, 'a store has trouble')
  }
  try {
    const { http, notReady, description, lingerMs } = await start({
      config: config.value,
      logger,
      metrics,
      clock,
      onTrouble,
      onStop: (step) => void stops.push(step),
    })
    addHealth(http, metrics, async () => (stopping ? 'stopping' : notReady()))
    http.addHook('onSend', async (_request, reply) => {
      if (stopping) reply.header('connection', 'close')
    })
    stops.push(() => closeHttp(http, clock))
    const url = await listen(http, address.host, address.port)
    stopOnSignal({
      async stop() {
        stopping = true
        if (lingerMs) await clock.sleep(lingerMs)
        await unwind()
      },
    })
    say(`guildhall ${name} is ready: ${url}${description ? `, ${description}` : ''}`)
  } catch (error) {
    stopping = true
    fail(reasonOf(error))
    await unwind().catch(() => {})
    process.exit()
  }
}

/** The words of an error and of what caused it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: string }
  const words = error.message || code || error.name
  return error.cause ? `${words}: ${reasonOf(error.cause)}` : words
}
