import { asSnowflake } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { Repeating } from '#shared/platform/repeating.ts'
import { readMembers } from '#shared/store/guild-store.ts'
import { deleteNotice, type Notice, readDueNotices } from '#shared/store/notices.ts'
import type { ApiDeps } from '../deps.ts'
import type { Place } from '../scope.ts'
import { messageUpdate } from './message-update.ts'

const SWEEP_MS = 5_000
const AT_ONCE = 100

type Deps = Pick<ApiDeps, 'database' | 'presenter' | 'changes' | 'creation' | 'timeline' | 'clock' | 'logger'>

/**
 * Says what is to be said of what has been committed. Saying it twice does no harm: an update says what is so, and a
 * message has its id. What the log does not take now stays for the sweep.
 */
export async function sayNotice(deps: Deps, notice: Notice): Promise<void> {
  const place = await readPlace(deps, notice.channel_id)
  if (!place) return
  if (notice.pin_id !== null && !(await sayPin(deps, place, notice.channel_id, notice.pin_id))) return
  if (notice.message) {
    const { message } = notice
    const member = (await memberOf(deps, place, message.author.id)) ?? null
    const created = await deps.creation.create({ ...place, message, member })
    if (!created.ok) return
  }
  await deleteNotice(deps.database.db, notice.id)
}

/** Says what a crash has left. */
export function sweepNotices(deps: Deps, signal: AbortSignal): Promise<void> {
  const { database, clock, logger } = deps
  const sweeping = new Repeating({
    clock,
    pauseMs: SWEEP_MS,
    async work() {
      for (const notice of await readDueNotices(database.db, AT_ONCE)) await sayNotice(deps, notice)
    },
    failed: (error) => logger.warn({ err: error }, 'notices were not said; it is tried again'),
  })
  return sweeping.run(signal)
}

/** @returns false: not now. A message that is gone needs no update. */
async function sayPin(deps: Deps, place: Place, channelId: string, messageId: string): Promise<boolean> {
  const target = { aggregate: place.aggregate, channelId, messageId, viewer: '0' }
  const changed = await deps.changes.change(target, async (message) =>
    ok(await messageUpdate(deps, place, message, {}, await memberOf(deps, place, message.author.id))),
  )
  return changed.ok || changed.error.code === 'UNKNOWN_MESSAGE'
}

async function readPlace({ database }: Deps, channelId: string): Promise<Place | undefined> {
  const row = await database.db
    .selectFrom('channels')
    .select(['guild_id', 'type'])
    .where('id', '=', channelId)
    .executeTakeFirst()
  if (!row) return undefined
  const { guild_id, type: channelType } = row
  return guild_id === null
    ? { aggregate: { kind: 'conversation', id: asSnowflake(channelId) }, channelType }
    : { aggregate: { kind: 'guild', id: asSnowflake(guild_id) }, channelType }
}

async function memberOf({ database }: Deps, { aggregate }: Place, userId: string) {
  if (aggregate.kind !== 'guild') return undefined
  const [member] = await readMembers(database.db, aggregate.id, { ids: [userId] })
  return member
}
