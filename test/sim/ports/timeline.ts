import type { ReactionCount, StoredMessage } from '#shared/domain/message/stored-message.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { PageAnchor, TimelineStore } from '#shared/ports/timeline-store.ts'
import { Lost, type Server } from '../engine/link.ts'
import type { SimProcess } from '../engine/process.ts'

interface Cell<T> {
  readonly value: T
  readonly position: number
}

interface Row {
  readonly channelId: string
  readonly id: string
  created: Record<string, unknown> | undefined
  deleted: boolean
  readonly cells: Map<string, Cell<unknown>>
  /** By emoji and user. */
  readonly reactions: Map<string, Map<string, Cell<boolean>>>
  /** Up to which position reactions were cleared: all ('') or of one emoji. */
  readonly cleared: Map<string, number>
}

const LOST = { lost: () => new Lost('the timeline timed out') }

/** A store of cells with timestamps, as CQL is: writes commute, a time-out may have been applied. */
export class SimulatedTimeline {
  readonly #rows = new Map<string, Row>()
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  port(process: SimProcess): TimelineStore {
    const call = <T>(what: string, run: () => T) => this.#server.call(process, what, run, LOST)
    return {
      apply: async (events) => {
        for (const event of events) await call(`apply ${event.position}`, () => this.apply(event))
      },
      get: (channelId, messageId, viewer) => call('get', () => this.#one(messageId, viewer, channelId)),
      many: (ids, viewer) =>
        call('many', () =>
          ids.flatMap(({ channelId, messageId }) => this.#one(messageId, viewer, channelId) ?? []),
        ),
      page: (channelId, anchor, limit, viewer) =>
        call('page', () => this.page(channelId, anchor, limit, viewer)),
      scan: () => this.#scan(call),
      reactors: (channelId, messageId, emoji, after, limit) =>
        call('reactors', () => {
          const row = this.#rows.get(messageId)
          if (!row || !isShown(row) || row.channelId !== channelId) return []
          return reactorsOf(row, emoji)
            .sort(compareIds)
            .filter((id) => compareIds(id, after) > 0)
            .slice(0, limit)
        }),
    }
  }

  apply(event: LogEvent): void {
    switch (event.type) {
      case 'MESSAGE_CREATE':
        this.#row(event.facts).created ??= JSON.parse(event.d)
        return
      case 'MESSAGE_UPDATE':
        for (const [name, value] of Object.entries(event.facts.delta))
          if (value !== undefined) put(this.#row(event.facts).cells, name, value, event.position)
        return
      case 'MESSAGE_DELETE':
        this.#row(event.facts).deleted = true
        return
      case 'MESSAGE_DELETE_BULK': {
        const { channel_id, ids } = event.facts
        for (const message_id of ids) this.#row({ channel_id, message_id }).deleted = true
        return
      }
      case 'MESSAGE_REACTION_ADD':
      case 'MESSAGE_REACTION_REMOVE': {
        const { reactions } = this.#row(event.facts)
        const users = reactions.get(event.facts.emoji) ?? new Map()
        reactions.set(event.facts.emoji, users)
        put(users, event.facts.user_id, event.type === 'MESSAGE_REACTION_ADD', event.position)
        return
      }
      case 'MESSAGE_REACTION_REMOVE_ALL':
        return clear(this.#row(event.facts), '', event.position)
      case 'MESSAGE_REACTION_REMOVE_EMOJI':
        return clear(this.#row(event.facts), event.facts.emoji, event.position)
    }
  }

  page(channelId: string, anchor: PageAnchor, limit: number, viewer: string): StoredMessage[] {
    const all = [...this.#rows.values()]
      .filter((row) => row.channelId === channelId && isShown(row))
      .sort((a, b) => compareIds(b.id, a.id))
    const newer = (id: string) => all.filter((row) => compareIds(row.id, id) > 0)
    const older = (id: string) => all.filter((row) => compareIds(row.id, id) < 0)
    const rows = () => {
      if ('before' in anchor) return older(anchor.before).slice(0, limit)
      if ('after' in anchor) return newer(anchor.after).slice(-limit)
      const count = limit - Math.ceil((limit + 1) / 2)
      const above = count > 0 ? newer(anchor.around).slice(-count) : []
      return [...above, ...all.slice(newer(anchor.around).length)].slice(0, limit)
    }
    return rows().map((row) => shown(row, viewer))
  }

  async *#scan(
    call: <T>(what: string, run: () => T) => Promise<T>,
  ): AsyncGenerator<readonly StoredMessage[]> {
    const ids = await call('scan', () => [...this.#rows.keys()])
    while (ids.length > 0)
      yield await call('scan', () => ids.splice(0, 10).flatMap((id) => this.#one(id, '0') ?? []))
  }

  #one(id: string, viewer: string, channelId?: string): StoredMessage | undefined {
    const row = this.#rows.get(id)
    if (!row || !isShown(row) || (channelId !== undefined && row.channelId !== channelId)) return undefined
    return shown(row, viewer)
  }

  #row({ channel_id, message_id }: { readonly channel_id: string; readonly message_id: string }): Row {
    let row = this.#rows.get(message_id)
    if (!row) {
      row = {
        channelId: channel_id,
        id: message_id,
        created: undefined,
        deleted: false,
        cells: new Map(),
        reactions: new Map(),
        cleared: new Map(),
      }
      this.#rows.set(message_id, row)
    }
    return row
  }
}

const isShown = (row: Row): boolean => row.created !== undefined && !row.deleted

function put<T>(cells: Map<string, Cell<T>>, name: string, value: T, position: number): void {
  if ((cells.get(name)?.position ?? 0) < position) cells.set(name, { value, position })
}

function clear(row: Row, emoji: string, position: number): void {
  row.cleared.set(emoji, Math.max(row.cleared.get(emoji) ?? 0, position))
}

function reactorsOf(row: Row, emoji: string): string[] {
  const after = Math.max(row.cleared.get('') ?? 0, row.cleared.get(emoji) ?? 0)
  return [...(row.reactions.get(emoji) ?? [])]
    .filter(([, cell]) => cell.value && cell.position > after)
    .map(([userId]) => userId)
}

function shown(row: Row, viewer: string): StoredMessage {
  const since = (emoji: string) =>
    Math.min(...reactorsOf(row, emoji).map((id) => row.reactions.get(emoji)?.get(id)?.position ?? 0))
  const reactions = [...row.reactions.keys()]
    .filter((emoji) => reactorsOf(row, emoji).length > 0)
    .sort((a, b) => since(a) - since(b))
    .map((emoji): ReactionCount => {
      const users = reactorsOf(row, emoji)
      return { emoji, count: users.length, me: users.includes(viewer) }
    })
  const edits = Object.fromEntries([...row.cells].map(([name, { value }]) => [name, value]))
  return { ...row.created, ...edits, reactions } as unknown as StoredMessage
}
