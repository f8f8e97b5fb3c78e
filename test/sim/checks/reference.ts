import type { LogEvent } from '#shared/ports/event-log.ts'
import {
  applied,
  type Change,
  Flag,
  mayInChannel,
  mayInGuild,
  type NaiveGuild,
  NOTHING,
  views,
} from './naive-guild.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever the log's facts hold
type Json = any

/** Who is asked about. */
export interface Viewer {
  readonly userId: string
  readonly bot: boolean
  readonly intents: number
  readonly shard: readonly [number, number] | null
}

/** One dispatch that a session must be sent: its name, its position, and what `d` must hold. */
export interface Expected {
  readonly position: number
  readonly t: string
  /** The guild or conversation that it is about. */
  readonly of: string
  /** The exact payload, or the parts of it that matter. */
  readonly exact: Json | null
  readonly parts: Json | null
  readonly relational: boolean
  /** Of a CHANNEL_UPDATE the channel's messages: it names the last of them, as of whichever moment. */
  readonly messages: ReadonlySet<string>
}

const NONE: ReadonlySet<string> = new Set()

const INTENT = {
  GUILDS: 0,
  GUILD_MEMBERS: 1,
  MODERATION: 2,
  INVITES: 6,
  MESSAGES: 9,
  REACTIONS: 10,
  DIRECT: 12,
  DIRECT_REACTIONS: 13,
  CONTENT: 15,
}

const CATEGORY = 4

interface Conversation {
  readonly recipients: readonly string[]
}

interface Step {
  readonly event: LogEvent
  readonly kind: string
  readonly id: string
  readonly relational: boolean
  readonly before: NaiveGuild
  readonly after: NaiveGuild
  readonly was: Conversation | null
  readonly is: Conversation | null
}

/** What the log means, read from its beginning, event by event. */
export class Reference {
  readonly steps: readonly Step[]
  readonly guilds = new Map<string, NaiveGuild>()
  /** The position at which each version of each guild began. */
  readonly versions = new Map<string, { readonly position: number; readonly state: NaiveGuild }[]>()
  /** Channel → all that was ever said there. */
  readonly #messages = new Map<string, Set<string>>()

  constructor(events: readonly LogEvent[]) {
    const conversations = new Map<string, Conversation | null>()
    this.steps = events.map((event) => {
      const [, , letter, id = '', part] = event.subject.split('.')
      const relational = part === 'v'
      const before = this.guilds.get(id) ?? NOTHING
      const was = conversations.get(id) ?? null
      const facts = event.facts as { version: number; changes: readonly Change[] }
      if (relational && letter === 'g') {
        const state = applied(before, facts.version, facts.changes)
        this.guilds.set(id, state)
        this.versions.set(id, [...(this.versions.get(id) ?? []), { position: event.position, state }])
      }
      if (relational && letter === 'c') {
        const value = facts.changes.at(-1)?.value
        conversations.set(id, value ? { recipients: value.recipients.map((user: Json) => user.id) } : null)
      }
      if (event.type === 'MESSAGE_CREATE') {
        const { channel_id, message_id } = event.facts
        this.#messages.set(channel_id, (this.#messages.get(channel_id) ?? new Set()).add(message_id))
      }
      const kind = letter === 'g' ? 'guild' : letter === 'c' ? 'conversation' : 'user'
      const after = this.guilds.get(id) ?? NOTHING
      return { event, kind, id, relational, before, after, was, is: conversations.get(id) ?? null }
    })
  }

  /** All that a session is sent for events after a position, up to another one. */
  expected(viewer: Viewer, after = 0, upTo = Number.POSITIVE_INFINITY): Expected[] {
    return this.steps
      .filter(({ event }) => event.position > after && event.position <= upTo)
      .flatMap((step) => this.#ofStep(viewer, step))
  }

  #ofStep(viewer: Viewer, step: Step): Expected[] {
    const { event, kind, id } = step
    const make = (t: string, payload: { exact?: Json; parts?: Json }): Expected => ({
      position: event.position,
      t,
      of: id,
      exact: payload.exact ?? null,
      parts: payload.parts ?? null,
      relational: step.relational,
      messages: this.#messages.get(payload.exact?.id) ?? NONE,
    })
    const wants = (bit: number) => (viewer.intents & (1 << bit)) !== 0
    if (kind === 'guild') {
      if (!serves(viewer, id)) return []
      return step.relational
        ? guildEvent(viewer, step, make, wants)
        : message(viewer, step, make, wants, true)
    }
    if (viewer.shard && viewer.shard[0] !== 0) return []
    if (kind !== 'conversation') return []
    if (!step.relational) return message(viewer, step, make, wants, false)
    const was = step.was?.recipients.includes(viewer.userId)
    const is = step.is?.recipients.includes(viewer.userId)
    if (!wants(INTENT.DIRECT)) return []
    return !was && is ? [make('CHANNEL_CREATE', { parts: { id } })] : []
  }
}

/** Is the guild one of the session's shard? */
export const serves = ({ shard }: Viewer, guildId: string): boolean =>
  !shard || Number((BigInt(guildId) >> 22n) % BigInt(shard[1])) === shard[0]

type Make = (t: string, payload: { exact?: Json; parts?: Json }) => Expected
type Wants = (bit: number) => boolean

function message(viewer: Viewer, step: Step, make: Make, wants: Wants, inGuild: boolean): Expected[] {
  const { event } = step
  const facts = event.facts as Json
  if (facts.silent) return []
  const sees = inGuild
    ? views(step.after, viewer.userId, facts.channel_id)
    : step.is?.recipients.includes(viewer.userId)
  const reaction = event.type.startsWith('MESSAGE_REACTION')
  const bit = inGuild
    ? reaction
      ? INTENT.REACTIONS
      : INTENT.MESSAGES
    : reaction
      ? INTENT.DIRECT_REACTIONS
      : INTENT.DIRECT
  if (!sees || !wants(bit)) return []
  const d = JSON.parse(event.d)
  const hidden =
    inGuild &&
    viewer.bot &&
    !wants(INTENT.CONTENT) &&
    (event.type === 'MESSAGE_CREATE' || event.type === 'MESSAGE_UPDATE') &&
    facts.author_id !== viewer.userId &&
    !facts.mentions.includes(viewer.userId)
  const bare = { content: '', embeds: [], attachments: [], components: [] }
  const { referenced_message: target } = d
  const exact = hidden ? { ...d, ...bare, ...(target && { referenced_message: { ...target, ...bare } }) } : d
  return [make(event.type, { exact })]
}

const OWN = new Set(['GUILD_UPDATE', 'GUILD_ROLE_CREATE', 'GUILD_ROLE_UPDATE', 'GUILD_ROLE_DELETE'])

function guildEvent(viewer: Viewer, step: Step, make: Make, wants: Wants): Expected[] {
  const { event, before, after } = step
  const { userId } = viewer
  const exact = () => ({ exact: JSON.parse(event.d) })
  const was = before.members[userId] !== undefined
  const is = after.members[userId] !== undefined
  const aboutMember = event.type.startsWith('GUILD_MEMBER')
  const hearsMember =
    aboutMember &&
    (wants(INTENT.GUILD_MEMBERS) ||
      (event.type === 'GUILD_MEMBER_UPDATE' && (event.facts as Json).user_id === userId))
  const may = (flag: bigint) => wants(INTENT.MODERATION) && mayInGuild(after, userId, flag)
  const hearsModeration =
    (event.type === 'GUILD_AUDIT_LOG_ENTRY_CREATE' && may(Flag.VIEW_AUDIT_LOG)) ||
    (event.type.startsWith('GUILD_BAN') && (may(Flag.BAN_MEMBERS) || may(Flag.VIEW_AUDIT_LOG)))
  const { channel_id = '' } = event.facts as { channel_id?: string }
  const hearsInvite =
    event.type.startsWith('INVITE') &&
    wants(INTENT.INVITES) &&
    mayInChannel(after, userId, channel_id, Flag.MANAGE_CHANNELS)
  const hears = hearsMember || hearsModeration || hearsInvite
  if (!wants(INTENT.GUILDS)) return was && is && hears ? [make(event.type, exact())] : []
  if (!was) return is ? [make('GUILD_CREATE', { parts: guildAsSeen(after, userId) })] : []
  if (!is) return [make('GUILD_DELETE', { parts: { id: step.id } })]
  const all: Expected[] = []
  if (OWN.has(event.type) || hears) all.push(make(event.type, exact()))
  const { changes } = event.facts as { changes: readonly Change[] }
  if (event.type === 'CHANNEL_UPDATE') {
    const id = changes[0]?.id ?? ''
    if (views(before, userId, id) && views(after, userId, id)) all.push(make(event.type, exact()))
  }
  const ids = [...new Set([...Object.keys(before.channels), ...Object.keys(after.channels)])]
  for (const id of ids.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))) {
    const saw = views(before, userId, id)
    const sees = views(after, userId, id)
    if (saw && !sees) all.push(make('CHANNEL_DELETE', { parts: { id } }))
    if (!saw && sees) all.push(make('CHANNEL_CREATE', { parts: channelParts(after.channels[id]) }))
  }
  return all
}

const channelParts = ({ id, name, type, position, parent_id, permission_overwrites }: Json) => ({
  id,
  name,
  type,
  position,
  parent_id,
  permission_overwrites,
})

/** The parts of a GUILD_CREATE that follow from the guild's state. */
export function guildAsSeen(state: NaiveGuild, userId: string): Json {
  const sorted = (values: Json[]) => values.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
  return {
    id: state.guild.id,
    name: state.guild.name,
    owner_id: state.guild.owner_id,
    member_count: Object.keys(state.members).length,
    roles: sorted(Object.values(state.roles).map(({ id, name, permissions }) => ({ id, name, permissions }))),
    channels: sorted(
      Object.values(state.channels)
        .filter(({ id }) => views(state, userId, id))
        .map(channelParts),
    ),
    members: sorted(Object.values(state.members).map(({ user, roles }) => ({ id: user.id, roles }))),
  }
}

/** A GUILD_CREATE as received, cut down to those parts. */
export function guildParts(d: Json): Json {
  const sorted = (values: Json[]) => values.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
  return {
    id: d.id,
    name: d.name,
    owner_id: d.owner_id,
    member_count: d.member_count,
    roles: sorted(d.roles.map(({ id, name, permissions }: Json) => ({ id, name, permissions }))),
    channels: sorted(d.channels.map(channelParts)),
    members: sorted(d.members.map(({ user, roles }: Json) => ({ id: user.id, roles }))),
  }
}

/** Is this what was expected? The payload's other fields may be whatever they are. */
export function fits({ exact, parts, t, messages }: Expected, received: { t: string; d: Json }): boolean {
  if (t !== received.t) return false
  if (t === 'CHANNEL_UPDATE' && exact !== null) {
    const { last_message_id: head, ...channel } = received.d
    const isHead = exact.type === CATEGORY ? head === undefined : head === null || messages.has(head)
    return isHead && same(exact, channel)
  }
  if (exact !== null) return same(exact, received.d)
  const got = t === 'GUILD_CREATE' ? guildParts(received.d) : received.d
  return Object.entries(parts).every(([key, value]) => same(value, got[key]))
}

/** Equal but for the order of keys. */
export const same = (a: unknown, b: unknown): boolean =>
  JSON.stringify(a) === JSON.stringify(b) || canonical(a) === canonical(b)

/** A value as text, whatever the order of its keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
