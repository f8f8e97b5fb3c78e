import type { Scheduler } from '../engine/scheduler.ts'
import type { Account } from './client.ts'
import type { Attempt, Request, Rest } from './rest.ts'

/** One thing that somebody wanted, with all its repeats. */
export interface Operation {
  readonly kind: string
  readonly who: Account
  readonly request: Request
  /** A text that no other operation has: what it left in the log is known by it. */
  readonly marker: string
  readonly startedAt: number
  attempts: readonly Attempt[]
  /** ok: 2xx. fail: 4xx, without effect. info: it may have happened. null: under way. */
  outcome: 'ok' | 'fail' | 'info' | null
  endedAt: number
}

/** Everything that anybody has asked for, and what came of it. */
export class Operations {
  readonly all: Operation[] = []
  readonly #rest: Rest
  readonly #scheduler: Scheduler

  constructor(rest: Rest, scheduler: Scheduler) {
    this.#rest = rest
    this.#scheduler = scheduler
  }

  get underWay(): number {
    return this.all.filter((operation) => operation.outcome === null).length
  }

  /** A text for the operation that comes next. */
  marker(what: string): string {
    return `${what}-${this.all.length}`
  }

  async do(kind: string, who: Account, request: Request, marker = ''): Promise<Operation> {
    const startedAt = this.#scheduler.now
    const operation: Operation = {
      kind,
      who,
      request,
      marker,
      startedAt,
      attempts: [],
      outcome: null,
      endedAt: 0,
    }
    this.all.push(operation)
    operation.attempts = await this.#rest.request(who, request)
    const last = operation.attempts.at(-1)?.answer
    operation.outcome = !last || last.status >= 500 ? 'info' : last.status < 300 ? 'ok' : 'fail'
    operation.endedAt = this.#scheduler.now
    return operation
  }
}

/** The body of a success. */
// biome-ignore lint/suspicious/noExplicitAny: the wire's objects
export function bodyOf({ attempts, kind }: Operation): any {
  const answer = attempts.at(-1)?.answer
  if (!answer || answer.status >= 300) throw new Error(`${kind} was answered ${answer?.status}`)
  return answer.body
}
