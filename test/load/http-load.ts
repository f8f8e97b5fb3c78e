import { Histogram, type HistogramSnapshot } from './histogram.ts'
import { HttpConnection } from './http-connection.ts'
import { onSchedule } from './pace.ts'
import { micros, stampedContent } from './stamp.ts'

/** Requests of an open loop that may be under way at once; what comes beyond them waits, and its time counts. */
const OPEN_CONNECTIONS = 64

export interface HttpLoad {
  readonly url: string
  readonly token: string
  readonly what: { readonly post: string } | { readonly get: string }
  readonly requests: number
  /** closed: each connection asks again as soon as it is answered; open: so many a second, whatever happens. */
  readonly loop: { readonly concurrency: number } | { readonly perSecond: number }
}

export interface HttpOutcome {
  /** Closed loop: from the request; open loop: from the time at which it was due. */
  readonly latency: HistogramSnapshot
  readonly ms: number
}

/** Makes requests and waits for all answers. @throws when one does not succeed */
export async function httpLoad({ url, token, what, requests, loop }: HttpLoad): Promise<HttpOutcome> {
  const latency = new Histogram()
  const connections = Array.from(
    { length: 'concurrency' in loop ? loop.concurrency : OPEN_CONNECTIONS },
    () => new HttpConnection(url),
  )
  const exchange = async (connection: HttpConnection, from: number) => {
    const status =
      'post' in what
        ? await connection.request(
            'POST',
            what.post,
            token,
            JSON.stringify({ content: stampedContent(from) }),
          )
        : await connection.request('GET', what.get, token)
    if (status >= 300) throw new Error(`answered ${status}`)
    latency.record(micros() - from)
  }
  const begin = micros()
  if ('concurrency' in loop) {
    let left = requests
    const worker = async (connection: HttpConnection) => {
      while (left-- > 0) await exchange(connection, micros())
    }
    await Promise.all(connections.map(worker))
  } else await openLoop(connections, exchange, { times: requests, everyMs: 1_000 / loop.perSecond })
  const ms = (micros() - begin) / 1_000
  for (const connection of connections) connection.close()
  return { latency: latency.snapshot(), ms }
}

async function openLoop(
  connections: readonly HttpConnection[],
  exchange: (connection: HttpConnection, due: number) => Promise<void>,
  schedule: { times: number; everyMs: number },
): Promise<void> {
  const free = [...connections]
  const due: number[] = []
  const underWay: Promise<void>[] = []
  const serve = async (connection: HttpConnection) => {
    for (let next = due.shift(); next !== undefined; next = due.shift()) await exchange(connection, next)
    free.push(connection)
  }
  await onSchedule(schedule, (at) => {
    due.push(at)
    const connection = free.pop()
    if (connection) underWay.push(serve(connection))
  })
  await Promise.all(underWay)
}
