import { createHash } from 'node:crypto'
import { answerTo } from '#shared/platform/http/api-error.ts'
import type { HttpRequest } from '#shared/platform/http/endpoint.ts'
import { hashToken } from '#shared/protocol/tokens.ts'
import { readRequestFacts } from '#shared/store/request-facts.ts'
import type { Dice } from '../engine/dice.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Trace } from '../engine/trace.ts'
import type { Account } from './client.ts'
import { type Fleet, isFault, type Unit } from './fleet.ts'
import { Violation } from './violation.ts'

export interface Request {
  readonly method: string
  /** As the product's routes have it, with `:channel_id` for parameters. */
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
}

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: the wire's objects
  readonly body: any
}

export interface Attempt {
  readonly startedAt: number
  endedAt: number
  /** null: no answer. It may have happened, and may still. */
  answer: Answer | null
}

const CLIENT_TIMEOUT_MS = 15_000
/** Of discord.js. */
const RETRIES = 3

/** REST clients on one side, the apis' endpoints on the other. */
export class Rest {
  readonly #fleet: Fleet
  readonly #scheduler: Scheduler
  readonly #dice: Dice
  readonly #trace: Trace

  constructor(options: { fleet: Fleet; scheduler: Scheduler; dice: Dice; trace: Trace }) {
    this.#fleet = options.fleet
    this.#scheduler = options.scheduler
    this.#dice = options.dice
    this.#trace = options.trace
  }

  /** As discord.js does: what ended in 5xx or without an answer is repeated at once, up to three times. */
  async request(account: Account, request: Request): Promise<Attempt[]> {
    const attempts: Attempt[] = []
    for (let retry = 0; retry <= RETRIES; retry++) {
      const attempt = await this.once(account, request)
      attempts.push(attempt)
      if (attempt.answer && attempt.answer.status < 500) break
    }
    return attempts
  }

  once(account: Account, request: Request): Promise<Attempt> {
    const attempt: Attempt = { startedAt: this.#scheduler.now, endedAt: 0, answer: null }
    return new Promise((resolve) => {
      let over = false
      const end = (answer: Answer | null) => {
        if (over) return
        over = true
        cancel()
        Object.assign(attempt, { endedAt: this.#scheduler.now, answer })
        this.#trace.add(account.id, `${request.method} ${request.path}: ${answer?.status ?? 'no answer'}`)
        resolve(attempt)
      }
      const cancel = this.#scheduler.after(CLIENT_TIMEOUT_MS, null, () => end(null))
      const apis = this.#fleet.of('api').filter((unit) => unit.endpoints.size > 0)
      if (apis.length === 0) return void this.#scheduler.after(200, null, () => end(null))
      const unit = this.#dice.pick(apis)
      this.#scheduler.after(this.#dice.between(0.2, 5), unit.process, () => {
        void this.#serve(unit, account, request).then((answer) => {
          this.#scheduler.after(this.#dice.between(0.2, 5), unit.process, () => end(answer))
        })
      })
      // A process that is gone resets its connections.
      const watch = () => {
        if (over) return
        if (unit.process.alive) this.#scheduler.after(1_000, null, watch)
        else end(null)
      }
      watch()
    })
  }

  /** What the HTTP server does between the socket and the endpoint. */
  async #serve(unit: Unit, account: Account, request: Request): Promise<Answer> {
    const endpoint = unit.endpoints.get(`${request.method} ${request.path}`)
    if (!endpoint) throw new Violation('HTTP-2', `there is no endpoint ${request.method} ${request.path}`)
    const tokenHash = hashToken(account.token)
    const route = `${request.method} ${request.path} ${Object.values(request.params)}`
    const bodyHash = createHash('sha256')
      .update(JSON.stringify(request.body ?? null))
      .digest()
    const attempt = endpoint.creates ? { route, bodyHash } : null
    const factsAskedAt = unit.process.clock.monotonic()
    try {
      const facts = await readRequestFacts(unit.database.pool, {
        tokenHash,
        channelId: request.params.channel_id ?? null,
        guildId: request.params.guild_id ?? null,
        attempt,
      })
      if (!facts) return { status: 401, body: null }
      const result = await endpoint.handle({
        params: request.params,
        query: request.query ?? {},
        body: request.body ?? {},
        files: [],
        facts,
        factsAskedAt,
        caller: facts.caller,
        tokenHash,
        host: 'guildhall',
        userAgent: undefined,
        auditReason: undefined,
        attempt,
      } as unknown as HttpRequest)
      if (!result.ok) {
        const { status, body } = answerTo(result.error)
        return { status, body }
      }
      return { status: endpoint.success ?? 200, body: structured(result.value) }
    } catch (error) {
      if (!isFault(error)) this.#scheduler.fail(error)
      this.#trace.add(unit.process.name, `503: ${error}`)
      return { status: 503, body: null }
    }
  }
}

/** As it is after its way over the wire. */
const structured = (value: unknown): unknown =>
  value === undefined ? null : JSON.parse(JSON.stringify(value))
