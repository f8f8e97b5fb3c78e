import { type Snowflake, shardOf } from '#shared/kernel/ids.ts'

/** The kinds of ordered things: each is a chain of relational events and a family of log subjects. */
export type AggregateKind = 'guild' | 'conversation' | 'user'

export interface Aggregate {
  readonly kind: AggregateKind
  readonly id: Snowflake
}

/** `v`: relational events; `m`: changes of one message; null: new messages and bulk deletions. */
export interface ParsedSubject extends Aggregate {
  readonly part: 'v' | 'm' | null
}

export const SLOTS = 256

const LETTER = { guild: 'g', conversation: 'c', user: 'u' } as const
const KIND: Record<string, AggregateKind> = { g: 'guild', c: 'conversation', u: 'user' }

/** `events.<slot>.g.<guild>`: slot = (id >> 22) mod 256, Discord's shard formula. */
export function subjectOf({ kind, id }: Aggregate): string {
  return `events.${shardOf(id, SLOTS)}.${LETTER[kind]}.${id}`
}

export const relationalSubject = (aggregate: Aggregate): string => `${subjectOf(aggregate)}.v`

export const messageSubject = (aggregate: Aggregate, messageId: string): string =>
  `${subjectOf(aggregate)}.m.${messageId}`

/** @throws on anything but a subject made here: a log that holds others is not ours. */
export function parseSubject(subject: string): ParsedSubject {
  const [events, , letter, id, part] = subject.split('.')
  const kind = KIND[letter ?? '']
  if (events !== 'events' || !kind || !id) throw new Error(`not a subject of the event log: ${subject}`)
  return { kind, id: id as Snowflake, part: part === 'v' || part === 'm' ? part : null }
}
