import type { Person } from '#test/support/people.ts'

/** As discord.js has it: after that a request counts as lost. */
const TIMEOUT_MS = 15_000
/** As discord.js has it: of time-outs, lost connections and 5xx, at once. */
const REPEATS = 3
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

  async ask(who: Person, method: string, path: string, body?: unknown): Promise<Answer> {
    this.requests++
    const since = performance.now()
    let unanswered = 0
    for (let repeats = REPEATS; ; repeats--) {
      const { status, text } = await this.#try(who, method, path, body)
      // The front answers 502 for a process that went away in the middle.
      if (status === 0 || status === 502) unanswered++
      const failed = status === 0 || status >= 500
      if (failed && repeats > 0) continue
      this.times.push(performance.now() - since)
      const outcome = failed ? 'unknown' : status < 300 ? 'done' : 'refused'
      return {
        outcome,
        status,
        body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
        unanswered,
      }
    }
  }

  /** Until it is known what came of it. */
  async insist(who: Person, method: string, path: string, body?: unknown): Promise<Answer> {
    let unanswered = 0
    for (;;) {
      const answer = await this.ask(who, method, path, body)
      unanswered += answer.unanswered
      if (answer.outcome !== 'unknown') return { ...answer, unanswered }
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
  ): Promise<{ status: number; text: string }> {
    const since = performance.now()
    const found = await fetch(`${who.base}/api/v10${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: who.token,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
      .then(
        async (response) => ({ status: response.status, text: await response.text() }),
        (error) => ({ status: 0, text: String(error.cause ?? error) }),
      )
      .catch((error) => ({ status: 0, text: String(error) }))
    if (found.status === 0 || found.status >= 500)
      this.failures.push({ method, path, ...found, ms: Math.round(performance.now() - since) })
    return found
  }
}
