import type { Cursor } from '#shared/ports/session-store.ts'
import type { Dispatched, Transcript } from '../world/client.ts'
import { Violation } from '../world/violation.ts'
import {
  type Expected,
  fits,
  guildAsSeen,
  guildParts,
  type Reference,
  same,
  serves,
  type Viewer,
} from './reference.ts'

const viewerOf = ({ account, intents, shard }: Transcript): Viewer => ({
  userId: account.id,
  bot: account.bot,
  intents,
  shard,
})

/**
 * A session's stream against the fold of the log: from its base on (where its record was made) it is exactly what
 * the log says, over any number of RESUMEs; before that, its guilds are states that were, and nothing is missing
 * between a guild's state and the base.
 * @param whole the session was live at the very end: nothing may be outstanding
 */
export function checkStream(
  transcript: Transcript,
  base: Cursor | undefined,
  reference: Reference,
  whole: boolean,
): void {
  const viewer = viewerOf(transcript)
  const who = `${transcript.account.id} ${transcript.sessionId}`
  const { durable } = transcript
  if (durable[0]?.t !== 'READY') throw new Violation('SES-3', `${who} began with ${durable[0]?.t}`)
  // A connection that broke before all of it had come leaves a session that cannot be resumed.
  const opened = base && (durable.at(-1)?.s ?? 0) >= base.s ? base : undefined
  const opening = durable.filter(({ s }) => s > 1 && (!base || s <= base.s))
  checkOpening(who, viewer, durable[0], opening, opened, reference)
  if (!base) return
  if (base.position < transcript.askedAt)
    throw new Violation('SES-3', `${who} began at ${base.position}, and asked at ${transcript.askedAt}`)
  const expected = reference.expected(viewer, base.position)
  const received = durable.filter(({ s }) => s > base.s)
  received.forEach((dispatch, index) => {
    const wanted = expected[index]
    if (!wanted) throw new Violation('SES-3', `${who}: ${describe(dispatch)} follows from nothing in the log`)
    if (!fits(wanted, dispatch))
      throw new Violation('VIS-1', `${who}: ${describe(dispatch)} instead of ${describeExpected(wanted)}`)
  })
  const missing = expected[received.length]
  if (whole && missing) throw new Violation('RES-1', `${who} was never sent ${describeExpected(missing)}`)
}

/** Between READY and the record: each guild as it was at some position, and from there on all of its events. */
function checkOpening(
  who: string,
  viewer: Viewer,
  ready: Dispatched | undefined,
  opening: readonly Dispatched[],
  base: Cursor | undefined,
  reference: Reference,
): void {
  const upTo = base?.position ?? Number.POSITIVE_INFINITY
  const all = reference.expected(viewer, 0, upTo)
  /** Per guild, the position up to which it was told by its state. */
  const entered = new Map<string, number>()
  const told = new Map<string, Expected[]>()
  const gone = new Set<string>()
  let last = 0
  for (const dispatch of opening) {
    const state = dispatch.t === 'GUILD_CREATE' ? versionOf(viewer, dispatch, reference) : undefined
    if (state !== undefined) {
      entered.set(dispatch.d.id, state)
      told.set(dispatch.d.id, [])
      continue
    }
    // A guild that READY named and that is gone when it is its turn.
    if (dispatch.t === 'GUILD_DELETE' && !entered.has(dispatch.d.id)) {
      gone.add(dispatch.d.id)
      continue
    }
    const found = all.find(
      (expected) => expected.position >= last && fits(expected, dispatch) && !isTold(told, expected),
    )
    if (!found)
      throw new Violation('VIS-1', `${who}: ${describe(dispatch)} while connecting follows from nothing`)
    last = found.position
    if (found.t === 'GUILD_DELETE') {
      entered.delete(found.of)
      gone.add(found.of)
    } else told.set(found.of, [...(told.get(found.of) ?? []), found])
  }
  if (!base) return
  for (const [guildId, since] of entered) {
    const due = all.filter((expected) => expected.of === guildId && expected.position > since)
    const first = due.findIndex((expected) => isTold(told, expected))
    // What was said before the guild was shown is in its history; what changed it is not.
    const missing = due.find(
      (expected, index) => !isTold(told, expected) && (expected.relational || (first >= 0 && index > first)),
    )
    if (missing)
      throw new Violation('VIS-5', `${who} was not sent ${describeExpected(missing)} while connecting`)
  }
  if ((viewer.intents & 1) === 0) return
  for (const [guildId, versions] of reference.versions) {
    const state = versions.findLast(({ position }) => position <= base.position)?.state
    const is = state?.members[viewer.userId] !== undefined && serves(viewer, guildId)
    if (is !== entered.has(guildId))
      throw new Violation(
        'SES-3',
        `${who} was ${is ? 'never shown' : 'shown'} guild ${guildId} while connecting`,
      )
  }
  for (const { id } of ready?.d.guilds ?? [])
    if (!entered.has(id) && !gone.has(id))
      throw new Violation('SES-3', `${who}: READY named guild ${id}, and nothing came of it`)
}

const isTold = (told: ReadonlyMap<string, Expected[]>, expected: Expected): boolean =>
  told.get(expected.of)?.includes(expected) === true

/** The position at which the guild became as a GUILD_CREATE shows it; the newest, when it was so more than once. */
function versionOf(viewer: Viewer, { d }: Dispatched, reference: Reference): number | undefined {
  const versions = reference.versions.get(d.id) ?? []
  const parts = guildParts(d)
  const found = versions.findLast(
    ({ state }) =>
      state.members[viewer.userId] !== undefined &&
      state.guild.name === parts.name &&
      same(guildAsSeen(state, viewer.userId), parts),
  )
  return found?.position
}

const describe = ({ s, t, d }: Dispatched): string => `${s} ${t} ${JSON.stringify(d).slice(0, 300)}`

const describeExpected = ({ position, t, exact, parts }: Expected): string =>
  `${t} of position ${position} ${JSON.stringify(exact ?? parts).slice(0, 300)}`
