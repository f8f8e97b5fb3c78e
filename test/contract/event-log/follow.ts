import { expect } from 'vitest'
import type { Position } from '#shared/kernel/ids.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'

export interface Follower {
  /** What the tail has given so far. */
  readonly events: readonly LogEvent[]
  /** Resolves when the tail is there. Throws when it broke or takes too long. */
  reached(position: Position): Promise<void>
  /** Rejects when the tail breaks. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Reads a tail in the background. */
export function follow(log: EventLog, after: Position): Follower {
  const events: LogEvent[] = []
  const abort = new AbortController()
  const ended = (async () => {
    for await (const batch of log.tail(after, abort.signal)) for (const event of batch) events.push(event)
  })()
  ended.catch(() => {})
  const arrived = (position: Position) =>
    expect
      .poll(() => events.at(-1)?.position ?? after, { timeout: 10_000, interval: 5 })
      .toBeGreaterThanOrEqual(position)
  return {
    events,
    ended,
    reached: (position) => Promise.race([arrived(position), ended.then(() => arrived(position))]),
    async stop() {
      abort.abort()
      await ended
    },
  }
}
