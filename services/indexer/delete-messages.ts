import { createHash } from 'node:crypto'
import { isTextual } from '#shared/domain/guild/entities.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { asSnowflake, compareIds } from '#shared/kernel/ids.ts'
import type { Logger } from '#shared/platform/logger.ts'
import { Repeating } from '#shared/platform/repeating.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { bulkDeletion } from '#shared/protocol/bulk-deletion.ts'
import type { MessageDeletion, MessageDeletions } from '#shared/store/message-deletions.ts'
import type { Projections } from '#shared/store/projections.ts'

const POLL_MS = 1_000
const CATCH_UP_MS = 10_000
const CATCH_UP_POLL_MS = 100
const PAGE = 100
const NOBODY = '0'

interface Deps {
  readonly jobs: MessageDeletions
  readonly log: Pick<EventLog, 'bounds' | 'appendBatch'>
  readonly timeline: TimelineStore
  readonly projections: Pick<Projections, 'position'>
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Deletes the messages of banned people: reads the timelines of their guild page by page and appends what deletes
 * those that are theirs. A job goes on after a crash where it was, here or in another process; doing a piece of it
 * twice appends the same batch under the same id, or finds nothing left.
 */
export function deleteMessages(deps: Deps, signal: AbortSignal): Promise<void> {
  const { jobs, clock, logger } = deps
  const deleting = new Repeating({
    clock,
    pauseMs: POLL_MS,
    async work() {
      while (!signal.aborted) {
        const job = await jobs.take()
        if (!job) return
        await work(deps, job, signal)
      }
    },
    failed: (error) =>
      logger.error({ err: error }, 'a deletion of messages stopped; it goes on from where it was'),
  })
  return deleting.run(signal)
}

async function work(deps: Deps, job: MessageDeletion, signal: AbortSignal): Promise<void> {
  const { jobs } = deps
  if (!(await caughtUp(deps, signal))) return jobs.putOff(job, 1)
  for (const { id, type } of await jobs.channels(job)) {
    if (isTextual(type) && !(await inChannel(deps, job, id, signal))) return
  }
  await jobs.finish(job)
}

/** What the timeline does not have yet would be passed over. @returns false: it does not come up to now */
async function caughtUp({ log, projections, clock }: Deps, signal: AbortSignal): Promise<boolean> {
  const { last } = await log.bounds()
  for (let waited = 0; (await projections.position('timeline')) < last; waited += CATCH_UP_POLL_MS) {
    if (waited >= CATCH_UP_MS || signal.aborted) return false
    await clock.sleep(CATCH_UP_POLL_MS, signal)
  }
  return true
}

/** @returns false: it did not get through, and goes on later */
async function inChannel(
  deps: Deps,
  job: MessageDeletion,
  channelId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { jobs, timeline } = deps
  let after =
    job.channel_id === channelId && compareIds(job.message_id, job.after_id) > 0
      ? job.message_id
      : job.after_id
  let found: string[] = []
  for (;;) {
    if (signal.aborted) return false
    const page = await timeline.page(channelId, { after }, PAGE, NOBODY)
    const theirs = page.filter(
      ({ id, author }) => job.user_ids.includes(author.id) && compareIds(id, job.before_id) < 0,
    )
    found.push(...theirs.map(({ id }) => id).reverse())
    after = page[0]?.id ?? after
    const end = page.length < PAGE || compareIds(after, job.before_id) >= 0
    while (found.length >= PAGE || (end && found.length > 0)) {
      if (!(await remove(deps, job, channelId, found.slice(0, PAGE)))) return false
      found = found.slice(PAGE)
    }
    // Behind those that wait to be deleted together with later ones, a crash must not begin.
    await jobs.progress(job, {
      channelId,
      messageId: found.length === 0 ? after : before(found[0] as string),
    })
    if (end) return true
  }
}

async function remove(
  { jobs, log, timeline, logger }: Deps,
  job: MessageDeletion,
  channelId: string,
  ids: readonly string[],
): Promise<boolean> {
  const events = bulkDeletion({ kind: 'guild', id: asSnowflake(job.guild_id) }, channelId, ids)
  const hash = createHash('sha256').update(ids.join()).digest('base64url')
  const appended = await log.appendBatch(events, `d:${job.id}:${hash}`)
  if (!appended.ok) {
    logger.warn({ err: appended.error, job: job.id }, 'messages of a banned user were not deleted yet')
    await jobs.putOff(job, 1)
    return false
  }
  const bulk = { ...events.at(-1), position: appended.value.position } as LogEvent
  await timeline.apply([bulk]).catch(() => {}) // committed: the indexer applies it again
  return true
}

const before = (id: string): string => String(BigInt(id) - 1n)
