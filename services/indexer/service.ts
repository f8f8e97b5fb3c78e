import { setMaxListeners } from 'node:events'
import type { Clock } from '#shared/kernel/clock.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { Metrics } from '#shared/platform/metrics.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { MessageSearch } from '#shared/ports/message-search.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { raiseHeads } from '#shared/store/channel-heads.ts'
import type { Database } from '#shared/store/database.ts'
import { GuildWriter } from '#shared/store/guild-writer.ts'
import { MessageDeletions } from '#shared/store/message-deletions.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { type ProjectionName, Projections } from '#shared/store/projections.ts'
import { deleteMessages } from './delete-messages.ts'
import { enterDeletions } from './enter-deletions.ts'
import { type Apply, follow, positionOf } from './follow.ts'
import { followMentions } from './follow-mentions.ts'

interface Options {
  readonly database: Database
  readonly log: EventLog
  readonly timeline: TimelineStore
  readonly search: MessageSearch
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/**
 * The projections of the log: timeline repair, search index, channel heads, mentions, deletions in audit logs; and the
 * deletion of banned people's messages. Any number may run at once.
 */
export function startIndexer(options: Options): { stop(): Promise<void> } {
  const { database, log, timeline, search, clock, logger, metrics } = options
  const projections = new Projections(database.pool)
  const guilds = new GuildWriter(database.db, new OutboxAppender(database.db, log))
  /** A crash in between only applies again. */
  const confirmed =
    (name: ProjectionName, apply: (events: readonly LogEvent[]) => Promise<void>): Apply =>
    async (events, from) => {
      await apply(events)
      return projections.confirm(name, positionOf(events), from)
    }
  const appliers: Record<ProjectionName, Apply> = {
    timeline: confirmed('timeline', (events) => timeline.apply(events)),
    search: confirmed('search', (events) => search.apply(events)),
    channel_heads: confirmed('channel_heads', (events) => raiseHeads(database.pool, headsOf(events))),
    mentions: (events, from) => followMentions(database, events, from),
    audit_log: confirmed('audit_log', (events) => enterDeletions(guilds, events)),
  }
  const stopping = new AbortController()
  // Every projection tails the log and gathers events by it: that many listeners are no leak.
  setMaxListeners(0, stopping.signal)
  const running = Object.entries(appliers).map(([key, apply]) => {
    const name = key as ProjectionName
    metrics.gauge(`guildhall_projection_${name}_position`, `Log position that ${name} has confirmed`, () =>
      projections.position(name),
    )
    const rebuild = name === 'search' ? (upTo: Position) => search.rebuild(timeline.scan(), upTo) : undefined
    return follow({
      name,
      log,
      projections,
      apply,
      ...(rebuild ? { rebuild } : {}),
      clock,
      logger,
      signal: stopping.signal,
    })
  })
  const jobs = { log, timeline, projections, jobs: new MessageDeletions(database.db), clock, logger }
  running.push(deleteMessages(jobs, stopping.signal))
  return {
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}

function headsOf(events: readonly LogEvent[]): Map<string, string> {
  const heads = new Map<string, string>()
  for (const event of events) {
    if (event.type !== 'MESSAGE_CREATE') continue
    const { channel_id, message_id } = event.facts
    const known = heads.get(channel_id)
    if (!known || BigInt(known) < BigInt(message_id)) heads.set(channel_id, message_id)
  }
  return heads
}
