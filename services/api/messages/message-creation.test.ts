import { expect, test } from 'vitest'
import { systemClock } from '#shared/kernel/clock.ts'
import { asPosition, asSnowflake } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { createLogger } from '#shared/platform/logger.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { MessageCreation, plainMessage } from './message-creation.ts'
import type { MessagePresenter } from './message-presenter.ts'

const message = plainMessage({
  id: '20',
  channel_id: '10',
  author: { id: '1' } as never,
  timestamp: '2030-01-01T00:00:00.000000+00:00',
})

/** The log knows the create from before, at position 5, and reads what it is given there. */
async function repeat(read: () => Promise<readonly LogEvent[]>) {
  const log = { append: async () => ok({ position: asPosition(5), duplicate: true }), read }
  const creation = new MessageCreation({
    log: log as unknown as EventLog,
    timeline: { apply: async () => {} } as unknown as TimelineStore,
    presenter: { one: (shown: object) => shown } as unknown as MessagePresenter,
    clock: systemClock,
    logger: createLogger({ service: 'test', level: 'silent' }),
  })
  return creation.create({
    aggregate: { kind: 'guild', id: asSnowflake('2') },
    channelType: 0,
    message,
    member: null,
  })
}

const created = (position: number, content: string) =>
  ({
    position: asPosition(position),
    type: 'MESSAGE_CREATE',
    facts: { channel_id: '10', message_id: '20' },
    d: JSON.stringify({ id: '20', content, mentions: [], guild_id: '2', channel_type: 0 }),
  }) as unknown as LogEvent

test('[OUT-6] a repeat is answered with the first message', async () => {
  expect(await repeat(async () => [created(5, 'first')])).toEqual(
    ok({ id: '20', content: 'first', mentions: [] }),
  )
})

test.each<[string, () => Promise<readonly LogEvent[]>]>([
  ['purged, and the next in the log is somebody else’s', async () => [created(6, 'other')]],
  ['purged, and the log is empty', async () => []],
  ['not to be read just now', () => Promise.reject(new Error('the log is away'))],
])('[OUT-6] a repeat whose first message is %s has created nothing', async (_, read) => {
  expect(await repeat(read)).toMatchObject({ ok: false, error: { code: 'not_created' } })
})
