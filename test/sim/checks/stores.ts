import { compareIds } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { TimelineModel } from '#test/contract/timeline-model.ts'
import type { SimulatedSearch } from '../ports/search.ts'
import type { SimulatedTimeline } from '../ports/timeline.ts'
import type { SimulatedPostgres } from '../postgres/simulated-postgres.ts'
import { Violation } from '../world/violation.ts'
import { type Reference, same } from './reference.ts'

interface Stores {
  readonly postgres: SimulatedPostgres
  readonly timeline: SimulatedTimeline
  readonly search: SimulatedSearch
}

/** The chains in the log: each aggregate's versions are 1, 2, 3, … without gap, double or inversion. */
export function checkChains(events: readonly LogEvent[]): void {
  const versions = new Map<string, number>()
  for (const event of events) {
    if (!('version' in event.facts)) continue
    const before = versions.get(event.subject) ?? 0
    const { version } = event.facts
    if (version !== before + 1)
      throw new Violation(
        'OUT-2',
        `${event.subject}: version ${version} at ${event.position} follows ${before}`,
      )
    versions.set(event.subject, version)
  }
}

/** Guilds, roles, channels and members in Postgres are what the log's chains have led to. */
export function checkRows({ postgres }: Stores, reference: Reference): void {
  const rows = (name: string) => postgres.rows(name)
  for (const [id, state] of reference.guilds) {
    const guild = rows('guilds').find((row) => row.id === id)
    if (!guild !== !state.guild)
      throw new Violation('OUT-5', `guild ${id}: Postgres and the log differ on whether it exists`)
    if (!guild) continue
    if (Number(guild.version) !== state.version)
      throw new Violation(
        'OUT-3',
        `guild ${id}: Postgres is at version ${guild.version}, the log at ${state.version}`,
      )
    const compare = (
      what: string,
      kept: Record<string, unknown>[],
      logged: object,
      keys: readonly string[],
    ) => {
      const cut = (all: Record<string, unknown>[]) =>
        all.map((one) => Object.fromEntries(keys.map((key) => [key, one[key]]))).sort(byId)
      const logs = Object.entries(logged).map(([entity, value]) => ({
        ...value,
        id: entity,
        user_id: entity,
      }))
      if (!same(cut(kept), cut(logs)))
        throw new Violation(
          'LOG-12',
          `guild ${id}: the ${what} differ: ${JSON.stringify(cut(kept))} ${JSON.stringify(cut(logs))}`,
        )
    }
    const of = (name: string) => rows(name).filter((row) => row.guild_id === id)
    compare('roles', of('roles'), state.roles, ['id', 'name', 'permissions', 'position'])
    compare('channels', of('channels'), state.channels, [
      'id',
      'name',
      'topic',
      'parent_id',
      'permission_overwrites',
    ])
    compare('members', of('members'), state.members, ['user_id', 'roles', 'nick'])
  }
}

/** Every outbox row that is left is marked, with the position that its event has. */
export function checkOutbox({ postgres }: Stores, events: readonly LogEvent[]): void {
  for (const row of postgres.rows('outbox')) {
    const event = events.find(({ position }) => position === Number(row.position))
    const version = event && 'version' in event.facts ? event.facts.version : undefined
    const chain = event?.subject.split('.')[3]
    if (version !== Number(row.version) || chain !== row.aggregate_id)
      throw new Violation(
        'OUT-3',
        `${row.aggregate_kind} ${row.aggregate_id} ${row.version} is marked ${row.position}`,
      )
  }
}

/** Timeline, index and heads are what the log says. */
export async function checkProjections(stores: Stores, events: readonly LogEvent[]): Promise<void> {
  const channels = new Map<string, LogEvent[]>()
  for (const event of events) {
    const { channel_id } = event.facts as { channel_id?: string }
    if (channel_id && !('version' in event.facts))
      channels.set(channel_id, [...(channels.get(channel_id) ?? []), event])
  }
  const heads = new Map(
    stores.postgres.rows('channel_heads').map((row) => [row.channel_id, row.last_message_id]),
  )
  const existing = new Set(stores.postgres.rows('channels').map((row) => row.id))
  for (const [channelId, own] of channels) {
    if (!existing.has(channelId)) continue
    const expected = new TimelineModel(own).all('0')
    const kept = stores.timeline.page(channelId, { before: '9223372036854775807' }, 10_000, '0')
    if (!same(kept, expected))
      throw new Violation(
        'PRJ-3',
        `channel ${channelId}: the timeline has ${kept.map(({ id, content }) => `${id} ${content}`)}, the log ${expected.map(({ id, content }) => `${id} ${content}`)}`,
      )
    const found = stores.search.contents(channelId)
    const indexed = expected.map(({ id, content }) => [id, content]).sort()
    if (!same(found, indexed))
      throw new Violation('PRJ-5', `channel ${channelId}: the index has ${found}, the log ${indexed}`)
    const created = own.flatMap((event) => (event.type === 'MESSAGE_CREATE' ? event.facts.message_id : []))
    const head = created.sort(compareIds).at(-1)
    if ((heads.get(channelId) ?? undefined) !== head)
      throw new Violation('PRJ-3', `channel ${channelId}: its head is ${heads.get(channelId)}, not ${head}`)
  }
}

/** Mentions are those that the log has left, in its order. */
export function checkMentions({ postgres }: Stores, events: readonly LogEvent[]): void {
  const left = new Map<string, readonly string[]>()
  for (const event of events) {
    if (event.type === 'MESSAGE_CREATE') left.set(event.facts.message_id, targetsOf(event))
    else if (event.type === 'MESSAGE_UPDATE') {
      const { message_id } = event.facts
      left.set(
        message_id,
        targetsOf(event).filter((id) => left.get(message_id)?.includes(id)),
      )
    } else if (event.type === 'MESSAGE_DELETE') left.delete(event.facts.message_id)
    else if (event.type === 'MESSAGE_DELETE_BULK') for (const id of event.facts.ids) left.delete(id)
  }
  const expected = [...left].flatMap(([id, targets]) => targets.map((target) => `${id} ${target}`))
  const kept = postgres.rows('mentions').map((row) => `${row.message_id} ${row.target_id}`)
  if (!same(kept.sort(), expected.sort()))
    throw new Violation('PRJ-6', `the mentions are ${kept}, the log has ${expected}`)
}

function targetsOf(event: Extract<LogEvent, { type: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE' }>): string[] {
  const [, , letter, id = ''] = event.subject.split('.')
  const { mention_roles, mention_everyone } = JSON.parse(event.d)
  return [...event.facts.mentions, ...mention_roles, ...(letter === 'c' || mention_everyone ? [id] : [])]
}

const byId = (a: Record<string, unknown>, b: Record<string, unknown>) =>
  compareIds(String(a.id ?? a.user_id), String(b.id ?? b.user_id))
