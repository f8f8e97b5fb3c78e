import type { BusMessages } from '#shared/ports/bus.ts'

/** Who connects to NATS: the services, and `npm run db:migrate`. */
export const USERS = ['api', 'auth', 'gateway', 'indexer', 'relay', 'migrate'] as const
export type NatsUser = (typeof USERS)[number]

export interface Permissions {
  /** Subjects, as nats-server's configuration has them. */
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/**
 * What each may do. Subjects of the log are those of shared/protocol/subjects.ts: auth tells of accounts alone,
 * the indexer of guilds alone, and the relay repeats relational events alone.
 */
export function permissionsIn(namespace: string): Readonly<Record<NatsUser, Permissions>> {
  const log = `${namespace}_events`
  const sessions = `${namespace}_sessions`
  const events = (subject: string) => `${namespace}.events.${subject}`
  const bus = (...subjects: readonly (keyof BusMessages)[]) =>
    subjects.map((subject) => `${namespace}.bus.${subject}`)
  const stream = (name: string, ...requests: readonly string[]) =>
    ['INFO', ...requests].map((request) => `$JS.API.STREAM.${request}.${name}`)
  const tail = ['CREATE', 'MSG.NEXT', 'DELETE'].map((request) => `$JS.API.CONSUMER.${request}.${log}.*`)
  const rateLimits = bus('process', 'rate_limit_asked.*', 'rate_limit_told.*')

  return {
    api: {
      publish: [
        ...stream(log, 'MSG.GET'),
        ...stream(sessions, 'MSG.GET'),
        events('*.g.>'),
        events('*.c.>'),
        events('*.u.*.v'),
        ...bus('typing', 'token_revoked'),
        ...rateLimits,
      ],
      subscribe: [...rateLimits, ...bus('presence')],
    },
    auth: {
      publish: [...stream(log, 'MSG.GET'), events('*.u.*.v'), ...bus('token_revoked'), ...rateLimits],
      subscribe: rateLimits,
    },
    gateway: {
      publish: [
        ...stream(log, 'MSG.GET'),
        ...tail,
        ...stream(sessions, 'MSG.GET'),
        `${namespace}.sessions.*.*`,
        ...bus('presence', 'session_taken', 'process'),
      ],
      subscribe: [...bus('typing', 'presence', 'session_taken', 'token_revoked', 'process')],
    },
    indexer: { publish: [...stream(log, 'MSG.GET'), ...tail, events('*.g.>')], subscribe: [] },
    relay: { publish: [...stream(log, 'MSG.GET', 'PURGE'), events('*.*.*.v')], subscribe: [] },
    migrate: {
      // And begins new epochs: follows what is left, and moves the end by a purge.
      publish: [
        ...stream(log, 'CREATE', 'UPDATE', 'MSG.GET', 'PURGE'),
        ...tail,
        ...stream(sessions, 'CREATE', 'UPDATE'),
      ],
      subscribe: [],
    },
  }
}
