import { createHash } from 'node:crypto'
import { apiRoutes } from '#services/api/routes.ts'
import { apiDeps } from '#services/api/service.ts'
import { decide } from '#shared/adapters/event-log/append-decision.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { asPosition, type Position, START } from '#shared/kernel/ids.ts'
import { err } from '#shared/kernel/result.ts'
import type { Endpoint, HttpRequest } from '#shared/platform/http/endpoint.ts'
import { createLogger } from '#shared/platform/logger.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { MOST_EVENT_BYTES } from '#shared/protocol/events.ts'
import { hashToken } from '#shared/protocol/tokens.ts'
import type { Database } from '#shared/store/database.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { readRequestFacts } from '#shared/store/request-facts.ts'

export type Fields = Readonly<Record<string, unknown>>

export const tokenOf = (userId: string): string => `token-of-${userId}`

/** The product's store code and endpoints on one Postgres, real or simulated, and what they have answered. */
export interface Side {
  readonly database: Database
  readonly log: EventLog & { readonly events: LogEvent[]; refuses: boolean }
  readonly appender: OutboxAppender
  /** What an endpoint answers to a user. Ids and codes are given as `readable` shows them. */
  readonly call: (
    userId: string,
    route: string,
    params: Fields,
    body?: Fields,
    query?: Fields,
  ) => Promise<unknown>
  readonly names: Names
}

export async function openSide(database: Database, clock: Clock): Promise<Side> {
  const log = memoryLog()
  const appender = new OutboxAppender(database.db, log)
  const none = {} as never
  const deps = await apiDeps({
    ...{ database, log, appender, clock, search: none, blobs: none, pendingUploads: none },
    logger: createLogger({ service: 'test', level: 'silent' }),
    bus: { publish: () => {}, subscribe: () => () => {}, onGap: () => () => {}, close: async () => {} },
    presences: { online: () => ['1001'] },
    timeline: { apply: async () => {}, page: async () => [] } as Partial<TimelineStore> as TimelineStore,
    mostImageBytes: 0,
    publicUrl: () => 'http://test',
    gatewayUrl: () => 'ws://test',
  })
  const routes = new Map(apiRoutes(deps).map((route) => [`${route.method} ${route.path}`, route]))
  const names = new Names()
  const call: Side['call'] = async (userId, route, params, body, query = {}) => {
    const endpoint = routes.get(route)
    if (!endpoint) throw new Error(`no route ${route}`)
    const given = names.given({ params, body, query }) as { params: Record<string, string>; body: Fields }
    const attempt = endpoint.creates ? { route, bodyHash: hashOf([given.params, body]) } : null
    const facts = await readRequestFacts(database.pool, {
      tokenHash: hashToken(tokenOf(userId)),
      channelId: given.params.channel_id ?? null,
      guildId: given.params.guild_id ?? null,
      attempt,
    })
    const request = { ...given, facts, caller: facts?.caller, attempt, files: [], host: 'test' }
    return (endpoint as Endpoint).handle(request as unknown as HttpRequest)
  }
  return { database, log, appender, call, names }
}

const hashOf = (value: unknown): Buffer => createHash('sha256').update(JSON.stringify(value)).digest()

const SNOWFLAKE = /\b[0-9]{17,19}\b/g
/** Of a subject: made from the time in the id. */
const SLOT = /^events\.\d+/
/** Of an invite. A word of ten letters looks the same, on both sides. */
const CODE = /^[0-9A-Za-z]{10}$/
const TIME = /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|\+00:00)/g

/** What differs from run to run: ids (but for their sequence number), codes of invites, times. */
export class Names {
  readonly #ids = new Map<string, string>()
  readonly #codes: string[] = []

  /** An endpoint's answer as `readable` shows it, after which the invite that it made has its name. */
  answered(answer: unknown): string {
    const { value } = (answer ?? {}) as { value?: Readonly<Record<string, unknown>> | null }
    const code = value && 'max_age' in value ? String(value.code) : null
    if (code && !this.#codes.includes(code)) this.#codes.push(code)
    return this.readable(answer)
  }

  /**
   * The same text on both sides; lists in no particular order are sorted, keys of objects stay in theirs. A
   * code that no answer gave is `code ?`: its number would depend on where it is seen first.
   */
  readable(value: unknown): string {
    return JSON.stringify(this.#plain(value))
  }

  /** The other way: `#7` is the seventh id, `code 0` the first invite. */
  given(value: unknown): unknown {
    if (typeof value === 'string')
      return (
        this.#ids.get(value) ?? (/^code \d/.test(value) ? this.#codes[Number(value.slice(5))] : null) ?? value
      )
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map((one) => this.given(one))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.given(one)]))
  }

  #plain(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value)
    if (value === undefined) return 'undefined'
    if (value === null || typeof value !== 'object') return value
    if (value instanceof Date) return 'time'
    if (value instanceof Map) return this.#plain([...value])
    if (Buffer.isBuffer(value)) return 'bytes'
    if (Array.isArray(value)) return value.map((one) => this.#plain(one)).sort(byText)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#plain(one)]))
  }

  #text(text: string): unknown {
    if (/^[[{]/.test(text)) return this.#plain(JSON.parse(text))
    const code = this.#codes.indexOf(text)
    if (code >= 0) return `code ${code}`
    if (CODE.test(text)) return 'code ?'
    return text
      .replace(TIME, 'time')
      .replace(SLOT, 'events')
      .replace(SNOWFLAKE, (id) => {
        const name = `#${BigInt(id) & 0x3fffffn}`
        this.#ids.set(name, id)
        return name
      })
  }
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

function memoryLog(): Side['log'] {
  const events: LogEvent[] = []
  const ids = new Map<string, Position>()
  const lastOf = (subject: string) => events.findLast((event) => event.subject === subject)
  let first = 1
  return {
    events,
    refuses: false,
    async append(event, options = {}) {
      if (this.refuses) return err({ code: 'unknown', cause: 'away' })
      const { verdicts, accepted } = decide([{ events: [event], options }], {
        last: asPosition(events.length),
        lastOf: (subject) => lastOf(subject)?.position ?? START,
        known: (id) => ids.get(id),
      })
      for (const { event, position, id } of accepted) {
        events.push({ ...event, position })
        if (id) ids.set(id, position)
      }
      return verdicts[0] as NonNullable<(typeof verdicts)[0]>
    },
    mostEventBytes: MOST_EVENT_BYTES,
    last: async (subject) => lastOf(subject),
    read: async ({ after, limit, subject }) =>
      events
        .filter((event) => event.position > after && event.subject === (subject ?? event.subject))
        .slice(0, limit),
    bounds: async () => ({ first: asPosition(first), last: asPosition(events.length) }),
    positionAt: async () => asPosition(events.length),
    purge: async (upTo) => {
      first = upTo + 1
    },
    ...({} as Pick<EventLog, 'appendBatch' | 'tail' | 'jump' | 'close'>),
  }
}
