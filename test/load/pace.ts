import { systemClock } from '#shared/kernel/clock.ts'
import { micros } from './stamp.ts'

/**
 * Calls `send` so many times on a schedule, with the time (in microseconds) at which each call was due. A call
 * that is late moves none of the later ones: what waits shows in latencies that are counted from `due`.
 */
export async function onSchedule(
  { times, everyMs }: { times: number; everyMs: number },
  send: (due: number, index: number) => void,
): Promise<void> {
  const begin = micros()
  for (let index = 0; index < times; index++) {
    const due = begin + index * everyMs * 1_000
    const early = due - micros()
    if (early > 0) await systemClock.sleep(Math.ceil(early / 1_000))
    // What is late still gets a turn of its own: it does not become a batch.
    else await new Promise((resolve) => setImmediate(resolve))
    send(due, index)
  }
}
