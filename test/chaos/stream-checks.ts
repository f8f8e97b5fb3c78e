import { isDeepStrictEqual } from 'node:util'
import { comparable, type Received } from '#test/support/gateway-client.ts'
import type { Asked, Journal } from './journal.ts'
import type { RoamingSession } from './roaming-session.ts'
import type { Town } from './town.ts'

/** Of a message that tells that somebody joined. */
export const USER_JOIN = 7

// biome-ignore lint/suspicious/noExplicitAny: the wire's objects
type Json = any

/** Those of which a session is told everything from the beginning. */
export function channelsOf(
  { open, board, secret, direct, owner, guests }: Town,
  session: RoamingSession,
): string[] {
  if (session.userId === owner.id) return [...open, board, secret, direct]
  return session.userId === guests[0]?.id ? [...open, board, direct] : [...open, board]
}

export const created = (stream: readonly Received[]) => stream.filter(({ t }) => t === 'MESSAGE_CREATE')

/** A acknowledged before B was sent stands before B [I6]. */
export function checkOrder(order: readonly Asked[], where: string, tell: (what: string) => void): void {
  let earliest: Asked | undefined
  for (const message of [...order].reverse()) {
    if (earliest && earliest.okAt < message.invokedAt)
      tell(
        `${earliest.content} stands after ${message.content} in the ${where}, though it was there before [I6]`,
      )
    if (!earliest || message.okAt < earliest.okAt) earliest = message
  }
}

/** What each session was told: everything once, in the order of all others, nothing that it must not see. */
export function checkStreams(
  town: Town,
  journal: Journal,
  histories: ReadonlyMap<string, Json[]>,
  tell: (what: string) => void,
): void {
  const asked = new Map(journal.messages.flatMap((message) => (message.id ? [[message.id, message]] : [])))
  const sameUser = new Map<string, readonly string[]>()
  const reference = new Map<string, string[]>()
  // They joined before the sessions began.
  const early = new Set(town.guests.map(({ id }) => id))
  for (const session of town.sessions) {
    const { name, stream, userId } = session
    for (const channel of channelsOf(town, session)) {
      const events = stream.filter(({ t, d }) => t?.startsWith('MESSAGE_') && d.channel_id === channel)
      const ids = created(events).map(({ d }) => d.id as string)
      const told = new Set(ids)
      if (told.size < ids.length) tell(`${name} was told of a message twice [I4]`)
      for (const message of journal.messages) {
        if (message.channel !== channel || message.outcome !== 'done' || !message.id) continue
        if (!told.has(message.id)) tell(`${name} was not told of ${message.content} [I5]`)
      }
      for (const { id, type, content, author } of histories.get(channel) ?? [])
        if (!told.has(id) && !(type === USER_JOIN && early.has(author.id)))
          tell(`${name} was not told of ${id} ${content}, which is there [I5]`)
      const keys = events.map(({ t, d }) => `${t} ${d.id ?? d.message_id} ${d.user_id ?? d.content ?? ''}`)
      const first = reference.get(channel)
      if (!first) {
        reference.set(channel, keys)
        checkOrder(
          ids.flatMap((id) => asked.get(id) ?? []),
          `stream of ${name}`,
          tell,
        )
      } else if (!isDeepStrictEqual(first, keys)) {
        const at = first.findIndex((key, index) => keys[index] !== key)
        tell(
          `${name} was told ${keys[at]} where others were told ${first[at]} (${keys.length} and ${first.length}) [I6]`,
        )
      }
    }
    checkSecret(town, session, tell)
    const told = comparable(afterStart(stream)).map(sorted)
    const others = sameUser.get(userId) ?? told
    sameUser.set(userId, others)
    const at = others.findIndex((dispatch, index) => told[index] !== dispatch)
    if (at >= 0 || told.length > others.length)
      tell(`${name} was told ${told[at]} where another session of its user was told ${others[at]} [I6]`)
  }
}

/** Sessions of a person begin at different moments; all of them before anything happens. */
const afterStart = (stream: readonly Received[]) =>
  stream.filter(({ t }) => t !== 'READY' && t !== 'GUILD_CREATE')

/** Nothing of a channel comes while it is out of sight [I8]. */
function checkSecret(
  { secret, owner }: Town,
  { name, stream, userId }: RoamingSession,
  tell: (what: string) => void,
): void {
  let seen = userId === owner.id
  for (const { t, d } of stream) {
    if (t === 'CHANNEL_CREATE' && d.id === secret) seen = true
    else if (t === 'CHANNEL_DELETE' && d.id === secret) seen = false
    else if (!seen && (d.channel_id === secret || d.id === secret))
      tell(`${name} was told ${t} of the secret channel [I8]`)
  }
}

/** As text in which the order of an object's keys, which stores do not keep, tells nothing. */
const sorted = (dispatch: unknown): string =>
  JSON.stringify(dispatch, (_key, value) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
