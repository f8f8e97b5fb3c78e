import type { LogEvent } from '#shared/ports/event-log.ts'
import type { Operation } from '../world/operations.ts'
import { Violation } from '../world/violation.ts'

interface Made {
  readonly event: LogEvent
  /** What marks it as one operation's. */
  readonly marker: string
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the log's events hold
type Json = any

/** An event with the virtual ms at which it was committed. */
export interface Committed {
  readonly event: LogEvent
  readonly at: number
}

/** Every operation against what it left in the log: what was acknowledged is there once, what was refused is not. */
export function checkWrites(
  operations: readonly Operation[],
  log: readonly Committed[],
  { dedupeMs, retentionMs }: { dedupeMs: number; retentionMs: number },
): void {
  const events = log.map(({ event }) => event)
  const committedAt = new Map(log.map(({ event, at }) => [event, at]))
  const byMarker = new Map<string, LogEvent[]>()
  for (const { event, marker } of events.flatMap(marked))
    byMarker.set(marker, [...(byMarker.get(marker) ?? []), event])
  const deleted = new Set(events.flatMap(deletedIds))
  for (const operation of operations) {
    const left = operation.marker === '' ? [] : (byMarker.get(operation.marker) ?? [])
    const times = left.map((event) => committedAt.get(event) ?? 0)
    // What a request that slept did after dedupe ids were forgotten is beyond what is promised of them.
    const within = Math.max(...times) - Math.min(...times) < dedupeMs
    if (operation.marker !== '' && within) checkMarked(operation, left)
    else checkUnmarked(operation, deleted)
    const first = Math.min(...times)
    if (operation.outcome === 'ok' && left.length > 0 && first > operation.endedAt)
      throw new Violation(
        'OUT-5',
        `${operation.kind} ${operation.marker} was acknowledged before it was in the log`,
      )
  }
  checkOrder(operations, byMarker)
  checkAfterDeletion(events)
  checkReactions(operations, log, retentionMs)
}

function checkMarked(operation: Operation, left: readonly LogEvent[]): void {
  const { kind, outcome, marker, attempts } = operation
  const about = `${kind} ${marker} (${attempts.map(({ answer }) => answer?.status ?? 'none').join(', ')})`
  if (outcome === 'fail' && left.length > 0 && attempts.length === 1)
    throw new Violation('HTTP-2', `${about} was refused and is in the log`)
  if (outcome === 'ok' && left.length === 0 && !(kind === 'edit role'))
    throw new Violation('OUT-5', `${about} was acknowledged and is not in the log`)
  // Other changes of a channel or role carry its topic or name along.
  const counted = kind === 'send' || kind === 'edit' || kind.startsWith('create')
  if (counted && left.length > 1 && left.length > timesAllowed(operation))
    throw new Violation(
      'OUT-6',
      `${about} is in the log ${left.length} times: ${left.map((event) => `${(event.facts as Json).message_id ?? ''}@${event.position}`)}`,
    )
  if (kind === 'send' && outcome === 'ok') {
    const { id } = attempts.at(-1)?.answer?.body ?? {}
    if (!left.some((event) => (event.facts as Json).message_id === id))
      throw new Violation('LOG-10', `${about} was answered with ${id}, which the log does not have`)
  }
}

/** A create that ended in 503 and was repeated is one; only what got no answer at all may have happened beside it. */
function timesAllowed({ kind, attempts, request }: Operation): number {
  const body = request.body as { enforce_nonce?: boolean } | undefined
  if (kind === 'send' && body?.enforce_nonce) return 1
  const unanswered = attempts.filter(({ answer }) => answer === null).length
  // Changes are made as often as they are asked for; a create that was answered 503 is taken over.
  return kind === 'send' || kind.startsWith('create') ? 1 + unanswered : attempts.length
}

function checkUnmarked(operation: Operation, deleted: ReadonlySet<string>): void {
  const { kind, outcome, request } = operation
  if (outcome !== 'ok') return
  const { message_id } = request.params
  if (kind === 'delete' && !deleted.has(message_id as string))
    throw new Violation('LOG-10', `the deletion of ${message_id} was acknowledged and is not in the log`)
}

/**
 * A reaction that was acknowledged was there, and one taken back was not, at some moment of the request; and
 * nothing is added that is there, or taken back that is not: but by a request that sleeps for longer than the log is
 * kept, whose guard has nothing left to meet.
 */
function checkReactions(
  operations: readonly Operation[],
  log: readonly Committed[],
  retentionMs: number,
): void {
  const states = new Map<string, { at: number; present: boolean }[]>()
  const clear = (matches: (key: string) => boolean, at: number) => {
    for (const [key, known] of states)
      if (matches(key) && known.at(-1)?.present) known.push({ at, present: false })
  }
  for (const { event, at } of log) {
    if (event.type === 'MESSAGE_REACTION_REMOVE_ALL') {
      const { message_id } = event.facts
      clear((key) => key.startsWith(`${message_id} `), at)
    }
    if (event.type !== 'MESSAGE_REACTION_ADD' && event.type !== 'MESSAGE_REACTION_REMOVE') continue
    const { message_id, emoji, user_id } = event.facts
    const key = `${message_id} ${emoji} ${user_id}`
    const known = states.get(key) ?? []
    states.set(key, known)
    const present = event.type === 'MESSAGE_REACTION_ADD'
    const last = known.at(-1)
    const slept = (operation: Operation) =>
      reactionOf(operation) === key && operation.startedAt < (last?.at ?? 0)
    const isPurged = last !== undefined && at - last.at >= retentionMs
    if ((last?.present ?? false) === present && !(isPurged && operations.some(slept)))
      throw new Violation('LOG-11', `${event.type} at ${event.position} changes nothing`)
    known.push({ at, present })
  }
  for (const operation of operations) {
    const { kind, outcome, request, who, startedAt, endedAt } = operation
    const key = reactionOf(operation)
    if (outcome !== 'ok' || key === undefined) continue
    const known = states.get(key) ?? []
    const before = known.findLast(({ at }) => at <= startedAt)?.present ?? false
    const during = known.filter(({ at }) => at > startedAt && at <= endedAt).map(({ present }) => present)
    if (![before, ...during].includes(kind === 'react'))
      throw new Violation(
        'LOG-10',
        `${who.id}'s ${kind} of ${request.params.message_id} was acknowledged and not done`,
      )
  }
}

const reactionOf = ({ kind, who, request: { params } }: Operation): string | undefined =>
  kind === 'react' || kind === 'unreact' ? `${params.message_id} ${params.emoji} ${who.id}` : undefined

/** What is decided about a message is decided with its deletion known: none is changed after it. */
function checkAfterDeletion(events: readonly LogEvent[]): void {
  const deleted = new Set<string>()
  for (const event of events) {
    for (const id of deletedIds(event)) deleted.add(id)
    if (event.type !== 'MESSAGE_UPDATE' && !event.type.startsWith('MESSAGE_REACTION')) continue
    const { message_id } = event.facts as { message_id: string }
    if (deleted.has(message_id))
      throw new Violation(
        'LOG-11',
        `${event.type} at ${event.position} changes ${message_id}, which is deleted`,
      )
  }
}

/** A message that was acknowledged before another one was sent stands before it, by position and by id. */
function checkOrder(
  operations: readonly Operation[],
  byMarker: ReadonlyMap<string, readonly LogEvent[]>,
): void {
  const sent = operations
    .filter(({ kind, outcome }) => kind === 'send' && outcome === 'ok')
    .flatMap((operation) => {
      const id: string = operation.attempts.at(-1)?.answer?.body.id
      const event = byMarker.get(operation.marker)?.find(({ facts }) => (facts as Json).message_id === id)
      return event ? [{ operation, id: BigInt(id), position: event.position }] : []
    })
  for (const a of sent)
    for (const b of sent) {
      if (a.operation.endedAt >= b.operation.startedAt) continue
      if (a.id >= b.id) throw new Violation('HTTP-6', `${a.id} was acknowledged before ${b.id} was sent`)
      if (a.position >= b.position)
        throw new Violation('LOG-1', `${a.position} was acknowledged before ${b.position} was sent`)
    }
}

/** The markers that an event carries. */
function marked(event: LogEvent): Made[] {
  const make = (marker: unknown): Made[] => (typeof marker === 'string' ? [{ event, marker }] : [])
  const value = (event.facts as Json).changes?.[0]?.value
  switch (event.type) {
    case 'MESSAGE_CREATE':
      return make(JSON.parse(event.d).content.split(' ')[0])
    case 'MESSAGE_UPDATE':
      return make(event.facts.delta.content)
    case 'CHANNEL_UPDATE':
      return make(value?.topic)
    case 'GUILD_CREATE':
    case 'GUILD_UPDATE':
    case 'CHANNEL_CREATE':
    case 'GUILD_ROLE_CREATE':
    case 'GUILD_ROLE_UPDATE':
      return make(value?.name)
    default:
      return []
  }
}

function deletedIds(event: LogEvent): readonly string[] {
  if (event.type === 'MESSAGE_DELETE') return [event.facts.message_id]
  return event.type === 'MESSAGE_DELETE_BULK' ? event.facts.ids : []
}

/**
 * Channels with a message that was created once more by a request that slept until its dedupe id was forgotten: which
 * of the two a projection shows is beyond what is promised.
 */
export function createdAnew(log: readonly Committed[], dedupeMs: number): ReadonlySet<string> {
  const firstAt = new Map<string, number>()
  const channels = new Set<string>()
  for (const { event, at } of log) {
    if (event.type !== 'MESSAGE_CREATE') continue
    const { channel_id, message_id } = event.facts
    if (at - (firstAt.get(message_id) ?? at) >= dedupeMs) channels.add(channel_id)
    if (!firstAt.has(message_id)) firstAt.set(message_id, at)
  }
  return channels
}
