import { compareIds } from '#shared/kernel/ids.ts'
import type { Received } from './gateway-client.ts'

// biome-ignore lint/suspicious/noExplicitAny: the wire's objects
type Json = any

interface Channel {
  last: string
  /** Mentions that READY or an acknowledgement told by number. */
  base: number
  /** Messages that mention him and are in no number, with what they name him by: an id of his, or everyone. */
  mentions: Map<string, readonly string[]>
  numbered: Set<string>
  flags: number
  lastViewed: number | null
  lastPin: string | null
}

/** What a client that does nothing but follow its events believes of how far it has read. */
export class ReadStateModel {
  readonly #userId: string
  readonly #channels = new Map<string, Channel>()
  readonly #roles = new Set<string>()

  constructor(userId: string, stream: readonly Received[]) {
    this.#userId = userId
    for (const frame of stream) this.#follow(frame)
  }

  /** By channel, as READY has them. Those that nothing happened to are left out. */
  entries(): Record<string, Json> {
    return Object.fromEntries(
      [...this.#channels]
        .map(([id, channel]) => [id, entryOf(id, channel)] as const)
        .filter(([, entry]) => entry.last_message_id !== '0' || entry.mention_count > 0),
    )
  }

  #follow({ t, d }: Received): void {
    switch (t) {
      case 'READY':
        for (const [{ roles }] of d.merged_members) for (const id of roles) this.#roles.add(id)
        for (const entry of d.read_state.entries) {
          const channel = this.#channel(entry.id)
          channel.last = entry.last_message_id
          channel.base = entry.mention_count
          channel.flags = entry.flags
          channel.lastViewed = entry.last_viewed
          channel.lastPin = entry.last_pin_timestamp
        }
        return
      case 'MESSAGE_CREATE': {
        const channel = this.#channel(d.channel_id)
        if (d.author.id === this.#userId) {
          channel.last = d.id
          channel.base = 0
        } else if (this.#mentionsMe(d).length > 0) channel.mentions.set(d.id, this.#mentionsMe(d))
        return
      }
      case 'MESSAGE_UPDATE':
        return this.#edited(d)
      case 'MESSAGE_DELETE':
        return this.#forget(d.channel_id, [d.id])
      case 'MESSAGE_DELETE_BULK':
        return this.#forget(d.channel_id, d.ids)
      case 'MESSAGE_ACK':
        return this.#acknowledged(d)
      case 'CHANNEL_PINS_ACK':
        this.#channel(d.channel_id).lastPin = d.timestamp
    }
  }

  /** Only by hand it goes back. */
  #acknowledged(d: Json): void {
    const channel = this.#channel(d.channel_id)
    channel.flags = d.flags ?? channel.flags
    channel.lastViewed = d.last_viewed ?? channel.lastViewed
    if (!d.manual && compareIds(d.message_id, channel.last) < 0) return
    channel.last = d.message_id
    channel.base = d.mention_count ?? 0
    channel.numbered = new Set(d.mention_count === undefined ? [] : channel.mentions.keys())
  }

  /** A mention stays as long as one of the names that it came by; what an edit names anew notifies nobody. */
  #edited(d: Json): void {
    const { mentions } = this.#channel(d.channel_id)
    const left = (mentions.get(d.id) ?? []).filter((one) => this.#mentionsMe(d).includes(one))
    if (left.length > 0) mentions.set(d.id, left)
    else mentions.delete(d.id)
  }

  #mentionsMe(d: Json): string[] {
    const named = [...d.mentions.map(({ id }: Json) => id), ...d.mention_roles]
    const everyone = d.guild_id === undefined || d.mention_everyone
    return [
      ...named.filter((id) => id === this.#userId || this.#roles.has(id)),
      ...(everyone ? ['everyone'] : []),
    ]
  }

  #forget(channelId: string, ids: readonly string[]): void {
    for (const id of ids) this.#channel(channelId).mentions.delete(id)
  }

  #channel(id: string): Channel {
    let channel = this.#channels.get(id)
    if (!channel) {
      const counts = {
        last: '0',
        base: 0,
        mentions: new Map<string, readonly string[]>(),
        numbered: new Set<string>(),
      }
      channel = { ...counts, flags: 0, lastViewed: null, lastPin: null }
      this.#channels.set(id, channel)
    }
    return channel
  }
}

const entryOf = (id: string, channel: Channel) => ({
  id,
  last_message_id: channel.last,
  mention_count:
    channel.base +
    [...channel.mentions.keys()].filter(
      (one) => compareIds(one, channel.last) > 0 && !channel.numbered.has(one),
    ).length,
  last_pin_timestamp: channel.lastPin,
  flags: channel.flags,
  last_viewed: channel.lastViewed,
})
