import { compareIds } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { PageAnchor } from '#shared/ports/timeline-store.ts'

interface Model {
  created: Record<string, unknown> | undefined
  deleted: boolean
  delta: Record<string, unknown>
  /** By emoji and user, the position of the addition that counts. */
  reactions: Map<string, Map<string, number>>
}

/** The timeline as one reads it in the rules: all events of one channel, once each, in the order of the log. */
export class TimelineModel {
  readonly #messages = new Map<string, Model>()

  constructor(events: readonly LogEvent[]) {
    const ordered = [...events].sort((a, b) => a.position - b.position)
    for (const event of ordered) this.#apply(event)
  }

  /** Newest first. */
  all(viewer: string): Record<string, unknown>[] {
    return [...this.#messages.entries()]
      .filter(([, { created, deleted }]) => created !== undefined && !deleted)
      .sort(([a], [b]) => compareIds(b, a))
      .map(([, { created, delta, reactions }]) => ({
        ...created,
        ...delta,
        reactions: [...reactions]
          .filter(([, users]) => users.size > 0)
          .sort(([, a], [, b]) => Math.min(...a.values()) - Math.min(...b.values()))
          .map(([emoji, users]) => ({ emoji, count: users.size, me: users.has(viewer) })),
      }))
  }

  /**
   * Around an id: at most half the page is newer, and the rest is the message itself and older ones, as many as
   * fill the page.
   */
  page(anchor: PageAnchor, limit: number, viewer: string): Record<string, unknown>[] {
    const all = this.all(viewer)
    const newer = (id: string) => all.filter((message) => compareIds(message.id as string, id) > 0)
    const older = (id: string) => all.filter((message) => compareIds(message.id as string, id) < 0)
    if ('before' in anchor) return older(anchor.before).slice(0, limit)
    if ('after' in anchor) return newer(anchor.after).slice(-limit)
    const half = Math.floor((limit - 1) / 2)
    const above = half === 0 ? [] : newer(anchor.around).slice(-half)
    const rest = all.slice(all.length - (all.length - newer(anchor.around).length))
    return [...above, ...rest.slice(0, limit - above.length)]
  }

  reactors(messageId: string, emoji: string): string[] {
    const message = this.#messages.get(messageId)
    if (!message || message.created === undefined || message.deleted) return []
    return [...(message.reactions.get(emoji)?.keys() ?? [])].sort(compareIds)
  }

  #apply(event: LogEvent): void {
    if (event.type === 'MESSAGE_DELETE_BULK') {
      for (const id of event.facts.ids) this.#message(id).deleted = true
      return
    }
    if (!('message_id' in event.facts)) return
    const message = this.#message(event.facts.message_id)
    switch (event.type) {
      case 'MESSAGE_CREATE':
        message.created = JSON.parse(event.d)
        break
      case 'MESSAGE_UPDATE':
        Object.assign(message.delta, event.facts.delta)
        break
      case 'MESSAGE_DELETE':
        message.deleted = true
        break
      case 'MESSAGE_REACTION_ADD':
      case 'MESSAGE_REACTION_REMOVE': {
        const users = message.reactions.get(event.facts.emoji) ?? new Map<string, number>()
        message.reactions.set(event.facts.emoji, users)
        if (event.type === 'MESSAGE_REACTION_ADD') users.set(event.facts.user_id, event.position)
        else users.delete(event.facts.user_id)
        break
      }
      case 'MESSAGE_REACTION_REMOVE_ALL':
        message.reactions.clear()
        break
      case 'MESSAGE_REACTION_REMOVE_EMOJI':
        message.reactions.delete(event.facts.emoji)
        break
    }
  }

  #message(id: string): Model {
    const message = this.#messages.get(id) ?? {
      created: undefined,
      deleted: false,
      delta: {},
      reactions: new Map(),
    }
    this.#messages.set(id, message)
    return message
  }
}
