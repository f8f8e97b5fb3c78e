import { asPosition, type Position } from '#shared/kernel/ids.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { Appended, AppendOptions, AppendRefusal } from '#shared/ports/event-log.ts'
import type { NewEvent } from '#shared/protocol/events.ts'

interface LogView {
  readonly last: Position
  /** The position of a subject's last event; 0: none. */
  lastOf(subject: string): Position
  /** The first position of a dedupe id within its window. */
  known(id: string): Position | undefined
}

interface Accepted {
  readonly event: NewEvent
  readonly position: Position
  readonly id: string | undefined
}

export interface Verdict {
  /** One answer per request, to be given once the accepted events are committed. */
  readonly verdicts: readonly Result<Appended, AppendRefusal>[]
  readonly accepted: readonly Accepted[]
}

/** Which of the waiting requests the log takes and at which positions; later ones see what earlier ones changed. */
export function decide(
  requests: readonly { readonly events: readonly NewEvent[]; readonly options: AppendOptions }[],
  log: LogView,
): Verdict {
  const accepted: Accepted[] = []
  const lastOf = new Map<string, Position>()
  const ids = new Map<string, Position>()
  let last: number = log.last
  const verdicts = requests.map(
    ({ events, options: { id, expectedLast } }): Result<Appended, AppendRefusal> => {
      const seen = id === undefined ? undefined : (ids.get(id) ?? log.known(id))
      if (seen !== undefined) return ok({ position: seen, duplicate: true })
      const subject = (events[0] as NewEvent).subject
      const subjectLast = lastOf.get(subject) ?? log.lastOf(subject)
      if (expectedLast !== undefined && expectedLast !== subjectLast)
        return err({ code: 'wrong_last', last: subjectLast })
      const first = asPosition(last + 1)
      events.forEach((event, index) => {
        const position = asPosition(++last)
        lastOf.set(event.subject, position)
        accepted.push({ event, position, id: index === 0 ? id : undefined })
      })
      if (id !== undefined) ids.set(id, first)
      return ok({ position: first, duplicate: false })
    },
  )
  return { verdicts, accepted }
}
