import type { Person } from '#test/support/people.ts'

/** As discord.js has it: after that a request counts as lost. */
const TIMEOUT_MS = 15_000
/** As discord.js has it: of time-outs, lost connections and 5xx, at once. */
const REPEATS = 3
const CONFLICT = 409
const ONCE_MORE_MS = 500

// biome-ignore lint/suspicious/noExplicitAny: tests read what the wire says
type Json = any

/** unknown: it may have happened. */
export type Outcome = 'done' | 'refused' | 'unknown'

export interface Answer {
  readonly outcome: Outcome
  /** Of the last try; 0: there was no answer. */
  readonly status: number
  readonly body: Json
  /** Tries that the service did not answer itself: each of them may have done it without a trace. */
  readonly unanswered: number
  /** It is to be asked again. */
  readonly retry: boolean
}

interface Try {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly text: string
  readonly ms: number
}

/** Requests as Discord's libraries make them, with what they met. */
export class RepeatingClient {
  /** Tries that got a 5xx or no answer. */
  readonly failures: Try[] = []
  /** How long requests took, repeats included, in ms. */
  readonly times: number[] = []
  requests = 0

  /** @param key an Idempotency-Key: the request is repeated while an earlier one with it is under way */
  async ask(who: Person, method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
    this.requests++
    const since = performance.now()
    let unanswered = 0
    for (let repeats = REPEATS; ; repeats--) {
      const { status, text, retry } = await this.#try(who, method, path, body, key)
      // The front answers 502 for a process that went away in the middle.
      if (status === 0 || status === 502) unanswered++
      const failed = status === 0 || status >= 500 || (key !== undefined && status === CONFLICT)
      if (failed && repeats > 0 && status !== CONFLICT) continue
      this.times.push(performance.now() - since)
      const outcome = failed ? 'unknown' : status < 300 ? 'done' : 'refused'
      return {
        outcome,
        status,
        body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
        unanswered,
        retry,
      }
    }
  }

  /** Until it is known what came of it, or nobody can tell any more. */
  async insist(who: Person, method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
    let unanswered = 0
    for (;;) {
      const answer = await this.ask(who, method, path, body, key)
      unanswered += answer.unanswered
      const isOver = answer.status === CONFLICT && !answer.retry
      if (answer.outcome !== 'unknown' || isOver) return { ...answer, unanswered }
      await new Promise((resolve) => setTimeout(resolve, ONCE_MORE_MS))
    }
  }

  /** The body of a request that has to succeed in the end. */
  async read(who: Person, path: string): Promise<Json> {
    const { outcome, status, body } = await this.insist(who, 'GET', path)
    if (outcome === 'refused') throw new Error(`GET ${path} was answered ${status}: ${JSON.stringify(body)}`)
    return body
  }

  async #try(
    who: Person,
    method: string,
    path: string,
    body: unknown,
    key?: string,
  ): Promise<{ status: number; text: string; retry: boolean }> {
    const since = performance.now()
    const found = await fetch(`${who.base}/api/v10${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: who.token,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
      .then(
        async (response) => ({
          status: response.status,
          text: await response.text(),
          retry: response.headers.has('retry-after'),
        }),
        (error) => ({ status: 0, text: String(error.cause ?? error), retry: true }),
      )
      .catch((error) => ({ status: 0, text: String(error), retry: true }))
    const { status, text } = found
    if (status === 0 || status >= 500)
      this.failures.push({ method, path, status, text, ms: Math.round(performance.now() - since) })
    return found
  }
}
