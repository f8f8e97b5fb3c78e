import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The metrics of one process, in the text format of Prometheus. */
export class Metrics {
  readonly #registry = new Registry()
  readonly requests: Histogram<'method' | 'route' | 'status'>
  readonly dispatches: Counter
  readonly appends: Counter<'outcome'>

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
    this.requests = new Histogram({
      name: 'guildhall_http_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12],
      registers: [this.#registry],
    })
    this.dispatches = new Counter({
      name: 'guildhall_gateway_dispatches_total',
      help: 'Durable dispatches sent to sessions',
      registers: [this.#registry],
    })
    this.appends = new Counter({
      name: 'guildhall_log_appends_total',
      help: 'Appends to the event log by outcome',
      labelNames: ['outcome'],
      registers: [this.#registry],
    })
  }

  /** A value that is read when the page is asked for. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        this.set(await read())
      },
    })
  }

  async page(): Promise<{ body: string; contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType }
  }
}
