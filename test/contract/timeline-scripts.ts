import fc from 'fast-check'
import type { LogEvent } from '#shared/ports/event-log.ts'
import {
  clearEmoji,
  clearReactions,
  create,
  edit,
  type Place,
  react,
  remove,
  removeBulk,
  unreact,
} from './message-events.ts'

const kinds = {
  create: { weight: 3, made: (at: number, place: Place) => create(at, place, `created at ${at}`) },
  edit: { weight: 4, made: (at: number, place: Place, { delta }: Step) => edit(at, place, delta) },
  react: {
    weight: 5,
    made: (at: number, place: Place, { user, emoji }: Step) => react(at, place, user, emoji),
  },
  unreact: {
    weight: 3,
    made: (at: number, place: Place, { user, emoji }: Step) => unreact(at, place, user, emoji),
  },
  clearEmoji: {
    weight: 2,
    made: (at: number, place: Place, { emoji }: Step) => clearEmoji(at, place, emoji),
  },
  clearReactions: { weight: 1, made: (at: number, place: Place) => clearReactions(at, place) },
  remove: { weight: 1, made: (at: number, place: Place) => remove(at, place) },
  removeBulk: {
    weight: 1,
    made: (at: number, { channel, message }: Place) => removeBulk(at, channel, [message, message]),
  },
}

interface Step {
  readonly kind: keyof typeof kinds
  readonly message: 0 | 1 | 2
  readonly user: string
  readonly emoji: string
  readonly delta: Record<string, unknown>
}

/** One of them reads like the mark of "all emoji" in many a store. */
export const EMOJI = ['👍', '❤️', 'blob:123', '*']

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    ...Object.entries(kinds).map(([kind, { weight }]) => ({
      weight,
      arbitrary: fc.constant(kind as Step['kind']),
    })),
  ),
  message: fc.constantFrom(0, 1, 2),
  user: fc.constantFrom('5', '6', '4611686018427387904'),
  emoji: fc.constantFrom(...EMOJI),
  delta: fc.record(
    {
      content: fc.string({ maxLength: 5 }),
      flags: fc.nat(),
      embeds: fc.constantFrom([], [{ title: 'x' }]),
      edited_timestamp: fc.constantFrom(null, '2026'),
    },
    { requiredKeys: [] },
  ),
})

const isCreate = (step: Step, message: number) => step.kind === 'create' && step.message === message

/**
 * `steps`: what happens to three messages, in the order of the log; each is created once at most, at whatever
 * position. `order`: an order in which the steps are applied, each at least once, `chunk` at a time.
 */
export const scripts = fc
  .array(step, { minLength: 1, maxLength: 16 })
  .map((all) => {
    const first = [0, 1, 2].map((message) => all.findIndex((each) => isCreate(each, message)))
    return all.filter((each, index) => each.kind !== 'create' || first[each.message] === index)
  })
  .chain((steps) => {
    const indices = [...steps.keys()]
    const order = fc.array(fc.constantFrom(...indices), { maxLength: 8 }).chain((repeats) => {
      const every = [...indices, ...repeats]
      return fc.shuffledSubarray(every, { minLength: every.length, maxLength: every.length })
    })
    return fc.record({ steps: fc.constant(steps), order, chunk: fc.integer({ min: 1, max: 6 }) })
  })

/** The events of a script's steps, at positions that begin with `from`. */
export function eventsOf(
  steps: readonly Step[],
  from: number,
  places: readonly [Place, Place, Place],
): LogEvent[] {
  return steps.map((step, index) => kinds[step.kind].made(from + index, places[step.message], step))
}
