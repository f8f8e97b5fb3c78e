import type { Received } from './gateway-client.ts'

// biome-ignore lint/suspicious/noExplicitAny: the wire's objects
type Json = any

interface GuildModel {
  readonly own: Json
  readonly roles: Map<string, Json>
  readonly channels: Map<string, Json>
  readonly members: Map<string, Json>
}

/** What a client that does nothing but follow its events believes. */
export class ClientModel {
  readonly guilds = new Map<string, GuildModel>()
  /** Messages that came since their channel has been visible. */
  readonly messages = new Map<string, Json>()
  /** By the other's id. */
  readonly relationships = new Map<string, Json>()
  /** Those that are open, without their last messages, of which events do not tell. */
  readonly conversations = new Map<string, Json>()
  readonly #userId: string

  constructor(userId: string, stream: readonly Received[]) {
    this.#userId = userId
    for (const frame of stream) this.#follow(frame)
  }

  #follow({ t, d }: Received): void {
    const guild = this.guilds.get(d.guild_id ?? d.id)
    switch (t) {
      case 'READY':
        for (const one of d.relationships) this.relationships.set(one.id, one)
        for (const one of d.private_channels) this.conversations.set(one.id, one)
        return
      case 'GUILD_CREATE': {
        // Who is there is told as of that moment, and then by PRESENCE_UPDATE.
        const { roles, channels, members, presences: _, ...own } = d
        this.guilds.set(d.id, { own, roles: byId(roles), channels: byId(channels), members: byId(members) })
        return
      }
      case 'GUILD_DELETE':
        this.guilds.delete(d.id)
        this.#forget((message) => message.guild_id === d.id)
        return
      case 'RELATIONSHIP_ADD':
      case 'RELATIONSHIP_UPDATE':
        this.relationships.set(d.id, { ...this.relationships.get(d.id), ...d })
        return
      case 'RELATIONSHIP_REMOVE':
        this.relationships.delete(d.id)
        return
      case 'MESSAGE_CREATE':
        this.messages.set(d.id, { ...d, reactions: new Map<string, Set<string>>() })
        if (guild?.channels.has(d.channel_id)) guild.channels.get(d.channel_id).last_message_id = d.id
        return
      case 'MESSAGE_UPDATE': {
        const { reactions: _, ...changed } = d
        Object.assign(this.messages.get(d.id) ?? {}, changed)
        return
      }
      case 'MESSAGE_DELETE':
        this.#forget((message) => message.id === d.id)
        return
      case 'MESSAGE_DELETE_BULK':
        this.#forget((message) => d.ids.includes(message.id))
        return
      case 'MESSAGE_REACTION_ADD':
      case 'MESSAGE_REACTION_REMOVE': {
        const reactions: Map<string, Set<string>> | undefined = this.messages.get(d.message_id)?.reactions
        const users = reactions?.get(d.emoji.name) ?? new Set()
        reactions?.set(d.emoji.name, users)
        if (t === 'MESSAGE_REACTION_ADD') users.add(d.user_id)
        else users.delete(d.user_id)
        return
      }
      case 'MESSAGE_REACTION_REMOVE_ALL':
        this.messages.get(d.message_id)?.reactions.clear()
        return
    }
    if (guild) this.#followGuild(guild, { t, d })
    else if (!d.guild_id) this.#followConversation({ t, d })
  }

  #followConversation({ t, d }: Pick<Received, 't' | 'd'>): void {
    const conversation = this.conversations.get(d.channel_id)
    switch (t) {
      case 'CHANNEL_CREATE':
      case 'CHANNEL_UPDATE':
        this.conversations.set(d.id, { ...this.conversations.get(d.id), ...d })
        return
      case 'CHANNEL_DELETE':
        this.conversations.delete(d.id)
        return
      case 'CHANNEL_RECIPIENT_ADD':
      case 'CHANNEL_RECIPIENT_REMOVE': {
        const others = conversation.recipients.filter(({ id }: Json) => id !== d.user.id)
        conversation.recipients = t === 'CHANNEL_RECIPIENT_ADD' ? [...others, d.user] : others
        return
      }
      case 'CHANNEL_PINS_UPDATE':
        if (conversation) conversation.last_pin_timestamp = d.last_pin_timestamp
    }
  }

  #followGuild(guild: GuildModel, { t, d }: Pick<Received, 't' | 'd'>): void {
    switch (t) {
      case 'GUILD_UPDATE': {
        const { roles, ...own } = d
        guild.roles.clear()
        for (const role of roles) guild.roles.set(role.id, role)
        Object.assign(guild.own, own)
        return
      }
      case 'GUILD_EMOJIS_UPDATE':
        guild.own.emojis = d.emojis
        return
      case 'GUILD_ROLE_CREATE':
      case 'GUILD_ROLE_UPDATE':
        guild.roles.set(d.role.id, d.role)
        return
      case 'GUILD_ROLE_DELETE':
        guild.roles.delete(d.role_id)
        for (const member of guild.members.values())
          member.roles = member.roles.filter((id: string) => id !== d.role_id)
        for (const channel of guild.channels.values())
          channel.permission_overwrites = channel.permission_overwrites.filter(
            (overwrite: Json) => overwrite.id !== d.role_id,
          )
        return
      case 'GUILD_MEMBER_ADD':
        guild.own.member_count++
        guild.members.set(d.user.id, withoutGuild(d))
        return
      case 'GUILD_MEMBER_UPDATE':
        guild.members.set(d.user.id, { ...guild.members.get(d.user.id), ...withoutGuild(d) })
        return
      case 'GUILD_MEMBER_REMOVE':
        guild.own.member_count--
        guild.members.delete(d.user.id)
        return
      case 'CHANNEL_CREATE':
      case 'CHANNEL_UPDATE':
        guild.channels.set(d.id, { ...guild.channels.get(d.id), ...d })
        return
      case 'CHANNEL_PINS_UPDATE': {
        const channel = guild.channels.get(d.channel_id)
        if (channel) channel.last_pin_timestamp = d.last_pin_timestamp
        return
      }
      case 'CHANNEL_DELETE':
        guild.channels.delete(d.id)
        this.#forget((message) => message.channel_id === d.id)
    }
  }

  #forget(which: (message: Json) => boolean): void {
    for (const message of this.messages.values()) if (which(message)) this.messages.delete(message.id)
  }

  /** A guild as plain values in id order, to be compared with another model's. */
  guild(id: string): object | undefined {
    const guild = this.guilds.get(id)
    return (
      guild && {
        own: guild.own,
        roles: sorted(guild.roles),
        channels: sorted(guild.channels),
        members: sorted(guild.members),
      }
    )
  }

  /** A message's parts that both events and fetches tell, with reactions as this user is shown them. */
  message(id: string): object {
    const { content, edited_timestamp, author, pinned, reactions } = this.messages.get(id)
    const counted = [...(reactions as Map<string, Set<string>>)]
      .filter(([, users]) => users.size > 0)
      .map(([emoji, users]) => ({ emoji, count: users.size, me: users.has(this.#userId) }))
    return { id, content, edited_timestamp, author, pinned, reactions: counted.sort(byEmoji) }
  }
}

/** A fetched message in the form of `ClientModel.message`. */
export function fetchedMessage({
  id,
  content,
  edited_timestamp,
  author,
  pinned,
  reactions = [],
}: Json): object {
  const counted = reactions.map(({ emoji, count, me }: Json) => ({ emoji: emoji.name, count, me }))
  return { id, content, edited_timestamp, author, pinned, reactions: counted.sort(byEmoji) }
}

const byId = (list: Json[]): Map<string, Json> =>
  new Map(list.map((one) => [one.id ?? one.user.id, structuredClone(one)]))
const byEmoji = (a: { emoji: string }, b: { emoji: string }) => (a.emoji < b.emoji ? -1 : 1)
const withoutGuild = ({ guild_id: _, ...rest }: Json): Json => rest
const sorted = (map: Map<string, Json>): Json[] =>
  [...map].sort(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1)).map(([, value]) => value)
