import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { systemClock } from '#shared/kernel/clock.ts'

const READ_MS = 1_000

/** The metrics of one process, in the text format of Prometheus. */
export class Metrics {
  readonly #registry = new Registry()
  readonly requests: Histogram<'method' | 'route' | 'status'>

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
    this.requests = new Histogram({
      name: 'guildhall_http_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12],
      registers: [this.#registry],
    })
  }

  /** A value that is read when the page is asked for, and missing there when it cannot be read just then. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        try {
          this.set(await inTime(read))
        } catch {
          this.remove()
        }
      },
    })
  }

  async page(): Promise<{ body: string; contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType }
  }
}

/** Below the patience of whoever collects the page. */
async function inTime(read: () => number | Promise<number>): Promise<number> {
  const waited = new AbortController()
  const late = systemClock.sleep(READ_MS, waited.signal).then(() => {
    throw new Error('not read in time')
  })
  late.catch(() => {})
  return Promise.race([read(), late]).finally(() => waited.abort())
}
