import { expect } from 'vitest'
import type { Position } from '#shared/kernel/ids.ts'
import type { Appended, AppendOptions, EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { NewEvent } from '#shared/protocol/events.ts'

let made = 0
export const freshSubject = (): string => `events.1.g.${++made}`
export const freshId = (): string => `m:${++made}`

/** An event that can be told from every other by its `d`. */
export function freshEvent(subject = freshSubject()): NewEvent {
  const n = String(++made)
  return {
    subject,
    type: 'MESSAGE_CREATE',
    schema: 1,
    facts: { channel_id: '1', message_id: n, author_id: '2', mentions: [] },
    d: `{"n":${n}}`,
  }
}

/** The answer to an append that must succeed. */
export async function append(log: EventLog, event: NewEvent, options?: AppendOptions): Promise<Appended> {
  const result = await log.append(event, options)
  if (!result.ok) throw new Error(`not appended: ${JSON.stringify(result.error)}`)
  return result.value
}

export async function appendBatch(
  log: EventLog,
  events: readonly NewEvent[],
  id?: string,
): Promise<Appended> {
  const result = await log.appendBatch(events, id)
  if (!result.ok) throw new Error(`not appended: ${JSON.stringify(result.error)}`)
  return result.value
}

/** Everything after a position, page by page. */
export async function readAll(log: EventLog, after: Position, subject?: string): Promise<LogEvent[]> {
  const events: LogEvent[] = []
  for (;;) {
    const options = { after: events.at(-1)?.position ?? after, limit: 1_000 }
    const page = await log.read(subject === undefined ? options : { ...options, subject })
    events.push(...page)
    if (page.length < 1_000) return events
  }
}

/** Are these all events after a position, without a gap, a repeat or an inversion? */
export function expectGapless(events: readonly LogEvent[], after: Position): void {
  const wrong = events.findIndex((event, index) => event.position !== after + 1 + index)
  expect(wrong === -1 ? 'gapless' : `${events[wrong]?.position} in place of ${after + 1 + wrong}`).toBe(
    'gapless',
  )
}

export const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
