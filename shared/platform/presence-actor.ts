import type { Bus, BusMessages } from '#shared/ports/bus.ts'
import type { Platform } from '#shared/protocol/platform.ts'
import type { Activity, OwnSession, PresenceUpdate } from '#shared/protocol/presence-update.ts'

/** Most visible first: a user's status is the best of his sessions'. */
const RANKS: Readonly<Record<string, number>> = { dnd: 0, online: 1, idle: 2, offline: 3 }

export type Presence = Omit<BusMessages['presence'], 'node' | 'sessions'>

interface Said extends PresenceUpdate {
  readonly platform: Platform
  /** Of a bot undefined: it is not told of its sessions. */
  readonly session_id?: string | undefined
}

/** The type of the activity that a custom status is. */
const CUSTOM_STATUS = 4
/** Of all sessions of a user together. */
const MOST_ACTIVITIES = 20

const OFFLINE = { status: 'offline', activities: [], client_status: {} } as const

/**
 * Who is there, as soft state: what local connections say is merged per user and gossiped over the bus; what other
 * nodes say is merged in, and goes with the node. Nothing of it is kept.
 */
export class PresenceActor {
  readonly #bus: Bus
  readonly #node: string
  readonly #changed: (presence: Presence) => void
  readonly #sessionsChanged: ((userId: string) => void) | undefined
  /** user → connection → what its session said */
  readonly #local = new Map<string, Map<object, Said>>()
  /** user → node → merged status there */
  readonly #known = new Map<string, Map<string, Presence>>()
  /** user → other node → his sessions there */
  readonly #elsewhere = new Map<string, Map<string, readonly OwnSession[]>>()
  readonly #unsubscribe: () => void

  constructor(options: {
    bus: Bus
    node: string
    changed?: (presence: Presence) => void
    /** Without it no sessions of other nodes are kept. */
    sessionsChanged?: (userId: string) => void
  }) {
    this.#bus = options.bus
    this.#node = options.node
    this.#changed = options.changed ?? (() => {})
    this.#sessionsChanged = options.sessionsChanged
    this.#unsubscribe = this.#bus.subscribe('presence', (message) => this.#heard(message))
  }

  /** A session says how it is, by its connection. Invisible counts as offline for everybody else. */
  set(userId: string, connection: object, said: Said): void {
    const sessions = this.#local.get(userId) ?? new Map<object, Said>()
    this.#local.set(userId, sessions)
    sessions.set(connection, said)
    this.#publish(userId)
    if (said.session_id) this.#sessionsChanged?.(userId)
  }

  /** The connection ended; that of its session on another one stays. */
  drop(userId: string, connection: object): void {
    const sessions = this.#local.get(userId)
    const said = sessions?.get(connection)
    if (!sessions?.delete(connection)) return
    if (sessions.size === 0) this.#local.delete(userId)
    this.#publish(userId)
    if (said?.session_id) this.#sessionsChanged?.(userId)
  }

  /** undefined: offline, or never heard of. */
  get(userId: string): Presence | undefined {
    const nodes = this.#known.get(userId)
    if (!nodes) return undefined
    const best = [...nodes.values()].sort(byRank)
    const client_status = statuses(best.flatMap((presence) => Object.entries(presence.client_status)))
    return best[0] && { ...best[0], activities: merged(best), client_status }
  }

  /** As others are told: who is offline has a presence too. */
  shown(userId: string): Presence {
    return this.get(userId) ?? { user_id: userId, ...OFFLINE }
  }

  /** A person's own sessions, on any node. One that is just being resumed elsewhere is told once. */
  sessionsOf(userId: string): OwnSession[] {
    const elsewhere = [...(this.#elsewhere.get(userId)?.values() ?? [])].flat()
    const own = [...elsewhere, ...this.#said(userId).filter(isOwn)]
    return [...new Map(own.map((one) => [one.session_id, one])).values()]
  }

  /** Ids of the users who are not offline. */
  online(): Iterable<string> {
    return this.#known.keys()
  }

  /** A node that may know nothing is told who is here. */
  joined(): void {
    for (const userId of this.#local.keys()) this.#publish(userId)
  }

  /** Whoever was only on that node is offline. */
  gone(node: string): void {
    for (const users of [this.#known, this.#elsewhere])
      for (const [userId, nodes] of users)
        if (nodes.has(node)) this.#heard({ node, user_id: userId, ...OFFLINE })
  }

  close(): void {
    this.#unsubscribe()
  }

  #said(userId: string): Said[] {
    return [...(this.#local.get(userId)?.values() ?? [])]
  }

  #publish(userId: string): void {
    const said = this.#said(userId)
    const sessions = said.filter(isOwn)
    const shown = said.filter(({ status }) => status !== 'invisible' && status !== 'offline').sort(byRank)
    const [best] = shown
    const client_status = statuses(shown.map(({ platform, status }) => [platform, status]))
    this.#bus.publish('presence', {
      node: this.#node,
      user_id: userId,
      ...(best ? { status: best.status, activities: merged(shown), client_status } : OFFLINE),
      ...(sessions.length > 0 && { sessions }),
    })
  }

  #heard({ node, sessions = [], ...presence }: BusMessages['presence']): void {
    if (node !== this.#node) this.#heardOfSessions(presence.user_id, node, sessions)
    const before = JSON.stringify(this.get(presence.user_id))
    const nodes = this.#known.get(presence.user_id) ?? new Map<string, Presence>()
    if (presence.status === 'offline') nodes.delete(node)
    else nodes.set(node, presence)
    if (nodes.size === 0) this.#known.delete(presence.user_id)
    else this.#known.set(presence.user_id, nodes)
    const after = JSON.stringify(this.get(presence.user_id))
    if (after !== before) this.#changed(this.shown(presence.user_id))
  }

  #heardOfSessions(userId: string, node: string, sessions: readonly OwnSession[]): void {
    if (!this.#sessionsChanged) return
    const nodes = this.#elsewhere.get(userId) ?? new Map<string, readonly OwnSession[]>()
    if (JSON.stringify(nodes.get(node) ?? []) === JSON.stringify(sessions)) return
    if (sessions.length === 0) nodes.delete(node)
    else nodes.set(node, sessions)
    if (nodes.size === 0) this.#elsewhere.delete(userId)
    else this.#elsewhere.set(userId, nodes)
    this.#sessionsChanged(userId)
  }
}

const isOwn = (said: Said): said is OwnSession => said.session_id !== undefined

const rank = (status: string): number => RANKS[status] ?? 4

const byRank = (a: { readonly status: string }, b: { readonly status: string }): number =>
  rank(a.status) - rank(b.status)

/** Of each platform its best: the first of those that come best first. */
function statuses(bestFirst: Iterable<readonly [platform: string, status: string]>): Record<string, string> {
  const best: Record<string, string> = {}
  for (const [platform, status] of bestFirst) best[platform] ??= status
  return best
}

/** What sessions do that come best first: each thing once, and one custom status. */
function merged(bestFirst: readonly Pick<PresenceUpdate, 'activities'>[]): Activity[] {
  const things = new Map<string, Activity>()
  for (const { activities } of bestFirst) {
    for (const one of activities) {
      const thing = one.type === CUSTOM_STATUS ? '' : `${one.type} ${one.name}`
      if (!things.has(thing)) things.set(thing, one)
    }
  }
  return [...things.values()].slice(0, MOST_ACTIVITIES)
}
