import { MOST_PINS, readPins, removePins } from '#shared/store/pins.ts'
import type { ApiDeps } from '../../deps.ts'
import type { Target } from '../../messages/message-changes.ts'

/**
 * Deletions commit in the log, where no transaction of Postgres reaches: the rows of deleted messages stay until the
 * limit is met. Nobody is shown them. @returns whether there were any
 */
export async function forgetDeleted(
  { database, timeline, changes }: Pick<ApiDeps, 'database' | 'timeline' | 'changes'>,
  channel: Omit<Target, 'messageId'>,
): Promise<boolean> {
  const { channelId, viewer } = channel
  const pins = await readPins(database.db, channelId, { limit: MOST_PINS })
  const keys = pins.map(({ messageId }) => ({ channelId, messageId }))
  const there = new Set((await timeline.many(keys, viewer)).map(({ id }) => id))
  const gone: string[] = []
  for (const { messageId } of pins.filter((pin) => !there.has(pin.messageId))) {
    const read = await changes.read({ ...channel, messageId })
    if (!read.ok && read.error.code === 'UNKNOWN_MESSAGE') gone.push(messageId)
  }
  return (await removePins(database.db, channelId, gone)) > 0
}
