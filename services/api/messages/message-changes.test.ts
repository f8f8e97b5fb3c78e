import { expect, test } from 'vitest'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { asPosition, asSnowflake } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import type { Projections } from '#shared/store/projections.ts'
import { MessageChanges } from './message-changes.ts'

const TARGET = {
  aggregate: { kind: 'guild', id: asSnowflake('1') },
  channelId: '2',
  messageId: '3',
  viewer: '4',
} as const
const CONFIRMED = 5

/** The log has an edit at a position of which the timeline has nothing yet. */
function behind(position: number) {
  const kept = { content: 'as it was' }
  const edit = {
    position: asPosition(position),
    facts: { delta: { content: 'edited' } },
  } as unknown as LogEvent
  const changes = new MessageChanges({
    log: { last: async () => edit, read: async () => [edit] } as unknown as EventLog,
    timeline: {
      get: async () => ({ ...kept }) as StoredMessage,
      apply: async (events: readonly LogEvent[]) => {
        for (const { facts } of events) Object.assign(kept, (facts as { delta: object }).delta)
      },
    } as unknown as TimelineStore,
    projections: { position: async () => asPosition(CONFIRMED) } as unknown as Projections,
    clock: systemClock,
  })
  return changes
}

test('[LOG-11] a change is decided on what the log has, where the timeline is behind it', async () => {
  const decidedOn: string[] = []
  const changed = await behind(CONFIRMED + 1).change(TARGET, ({ content }) => {
    decidedOn.push(content)
    return ok(null)
  })
  expect([changed.ok, decidedOn]).toEqual([true, ['edited']])
  expect(await behind(CONFIRMED + 1).read(TARGET)).toMatchObject({ value: { content: 'edited' } })
})

test('what the timeline has confirmed is not read again', async () => {
  expect(await behind(CONFIRMED).read(TARGET)).toMatchObject({ value: { content: 'as it was' } })
})
