import { Histogram, type HistogramSnapshot } from './histogram.ts'
import { LoadSession } from './load-session.ts'
import { micros, stampOf } from './stamp.ts'

/** Sessions whose frames are read for their latency, spread evenly: more would cost what is being measured. */
const SAMPLES = 50

export interface OpenOptions {
  readonly url: string
  /** Sessions take them in turn; empty: sockets without any session. */
  readonly tokens: readonly string[]
  readonly count: number
  /** At the same time. */
  readonly parallel: number
}

export interface Opened {
  /** From connecting until the session is open. */
  readonly latency: HistogramSnapshot
  /** From the first connection until the last session is open. */
  readonly ms: number
  /** All that came until then, Hello and RESUMED among it. */
  readonly frames: number
}

export interface Counted {
  readonly frames: number
  /** From the time at which a message was meant to be sent until it was read. */
  readonly latency: HistogramSnapshot
  readonly broken: number
}

/** All sessions of one load client. */
export class SessionPool {
  #sessions: LoadSession[] = []
  #latency = new Histogram()
  #framesBefore = 0
  #captured = ''

  /** Opens more sessions, beside those that are open. */
  async open({ url, tokens, count, parallel }: OpenOptions): Promise<Opened> {
    const more = Array.from(
      { length: count },
      (_, index) => new LoadSession(url, tokens[index % tokens.length] ?? ''),
    )
    const every = Math.ceil(count / SAMPLES)
    more.forEach((session, index) => {
      if (index % every === every - 1) session.sample = (payload) => this.#sampled(payload)
    })
    this.#sessions.push(...more)
    return timed(more, parallel, (session) => session.open(tokens.length > 0 ? 'identified' : 'connected'))
  }

  /** Resumes every session on a new connection. */
  resume(parallel: number): Promise<Opened> {
    return timed(this.#sessions, parallel, (session) => session.open('resumed'))
  }

  /** Forgets what was counted so far. */
  reset(): void {
    this.#framesBefore = this.#frames()
    this.#latency = new Histogram()
  }

  counted(): Counted {
    return {
      frames: this.#frames() - this.#framesBefore,
      latency: this.#latency.snapshot(),
      broken: this.#sessions.filter(({ broken }) => broken).length,
    }
  }

  /** The last message that a sample has read. */
  captured(): string {
    return this.#captured
  }

  /** Cuts every connection at once. */
  drop(): void {
    for (const session of this.#sessions) session.drop()
  }

  async close(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()))
    this.#sessions = []
    this.#framesBefore = 0
  }

  #frames(): number {
    return this.#sessions.reduce((sum, { frames }) => sum + frames, 0)
  }

  #sampled(payload: Buffer): void {
    const due = stampOf(payload)
    if (due === undefined) return
    this.#latency.record(micros() - due)
    if (this.#captured === '') this.#captured = payload.toString()
  }
}

async function timed(
  sessions: readonly LoadSession[],
  parallel: number,
  open: (session: LoadSession) => Promise<void>,
): Promise<Opened> {
  const latency = new Histogram()
  const begin = micros()
  const waiting = sessions.values()
  const worker = async () => {
    for (const session of waiting) {
      const from = micros()
      await open(session)
      latency.record(micros() - from)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, sessions.length) }, worker))
  return {
    latency: latency.snapshot(),
    ms: (micros() - begin) / 1_000,
    frames: sessions.reduce((sum, { framesOfOpening }) => sum + framesOfOpening, 0),
  }
}
