import type { Bus, BusMessages } from '#shared/ports/bus.ts'
import type { PresenceUpdate } from '#shared/protocol/presence-update.ts'

/** Most visible first: a user's status is the best of his sessions'. */
const RANK = ['dnd', 'online', 'idle', 'offline'] as const

export type Presence = Omit<BusMessages['presence'], 'node'>

const OFFLINE = { status: 'offline', activities: [], client_status: {} } as const

/**
 * Who is there, as soft state: what local connections say is merged per user and gossiped over the bus; what other
 * nodes say is merged in, and goes with the node. Nothing of it is kept.
 */
export class PresenceActor {
  readonly #bus: Bus
  readonly #node: string
  readonly #changed: (presence: Presence) => void
  /** user → connection → what its session said */
  readonly #local = new Map<string, Map<object, PresenceUpdate>>()
  /** user → node → merged status there */
  readonly #known = new Map<string, Map<string, Presence>>()
  readonly #unsubscribe: () => void

  constructor(options: { bus: Bus; node: string; changed: (presence: Presence) => void }) {
    this.#bus = options.bus
    this.#node = options.node
    this.#changed = options.changed
    this.#unsubscribe = this.#bus.subscribe('presence', (message) => this.#heard(message))
  }

  /** A session says how it is, by its connection. Invisible counts as offline for everybody else. */
  set(userId: string, connection: object, update: PresenceUpdate): void {
    const sessions = this.#local.get(userId) ?? new Map<object, PresenceUpdate>()
    this.#local.set(userId, sessions)
    sessions.set(connection, update)
    this.#publish(userId)
  }

  /** The connection ended; that of its session on another one stays. */
  drop(userId: string, connection: object): void {
    const sessions = this.#local.get(userId)
    if (!sessions?.delete(connection)) return
    if (sessions.size === 0) this.#local.delete(userId)
    this.#publish(userId)
  }

  /** undefined: offline, or never heard of. */
  get(userId: string): Presence | undefined {
    const nodes = this.#known.get(userId)
    if (!nodes) return undefined
    const best = [...nodes.values()].sort((a, b) => rank(a.status) - rank(b.status))[0]
    return best && best.status !== 'offline' ? best : undefined
  }

  /** A node that may know nothing is told who is here. */
  joined(): void {
    for (const userId of this.#local.keys()) this.#publish(userId)
  }

  /** Whoever was only on that node is offline. */
  gone(node: string): void {
    for (const [userId, nodes] of this.#known)
      if (nodes.has(node)) this.#heard({ node, user_id: userId, ...OFFLINE })
  }

  close(): void {
    this.#unsubscribe()
  }

  #publish(userId: string): void {
    const sessions = [...(this.#local.get(userId)?.values() ?? [])].filter(
      (update) => update.status !== 'invisible',
    )
    const best = sessions.sort((a, b) => rank(a.status) - rank(b.status))[0]
    const shown = best && best.status !== 'offline'
    this.#bus.publish('presence', {
      node: this.#node,
      user_id: userId,
      ...(shown
        ? { status: best.status, activities: best.activities, client_status: { web: best.status } }
        : OFFLINE),
    })
  }

  #heard({ node, ...presence }: BusMessages['presence']): void {
    const before = JSON.stringify(this.get(presence.user_id))
    const nodes = this.#known.get(presence.user_id) ?? new Map<string, Presence>()
    if (presence.status === 'offline') nodes.delete(node)
    else nodes.set(node, presence)
    if (nodes.size === 0) this.#known.delete(presence.user_id)
    else this.#known.set(presence.user_id, nodes)
    const after = this.get(presence.user_id)
    if (JSON.stringify(after) !== before) this.#changed(after ?? { user_id: presence.user_id, ...OFFLINE })
  }
}

function rank(status: string): number {
  const found = RANK.indexOf(status as (typeof RANK)[number])
  return found < 0 ? RANK.length : found
}
