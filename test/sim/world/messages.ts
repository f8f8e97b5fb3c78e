import type { Dice } from '../engine/dice.ts'
import type { Account } from './client.ts'
import type { KnownGuild, KnownMessage, KnownMessages } from './known-guild.ts'
import { bodyOf, type Operations } from './operations.ts'
import { get, MESSAGE, MESSAGES, post, put, remove } from './requests.ts'

type Action = () => Promise<unknown>

const EMOJIS = ['👍', '🎉', '❤️']

/** What people do with messages, in guilds and between two. */
export class Messages {
  /** Direct conversations by their two people. */
  readonly #conversations = new Map<string, KnownMessages & { channel?: string }>()
  readonly #operations: Operations
  readonly #dice: Dice
  readonly #people: readonly Account[]

  constructor(operations: Operations, dice: Dice, people: readonly Account[]) {
    this.#operations = operations
    this.#dice = dice
    this.#people = people
  }

  async send(who: Account, guild: KnownGuild): Promise<void> {
    const channel = this.#dice.pick(guild.channels)
    const sent = await this.#send(who, channel, guild.messages)
    if (sent) guild.messages.push(sent)
    if (guild.messages.length > 12) guild.messages.shift()
  }

  sendTo = (who: Account, channel: string) => this.#send(who, channel, [])

  async #send(
    who: Account,
    channel: string,
    known: readonly KnownMessage[],
  ): Promise<KnownMessage | undefined> {
    const marker = this.#operations.marker('text')
    const there = known.filter((message) => message.channel === channel)
    const mention = this.#dice.chance(0.3) ? ` <@${this.#dice.pick(this.#people).id}>` : ''
    const body = {
      content: marker + mention,
      ...(this.#dice.chance(0.4) ? { nonce: marker, enforce_nonce: true } : {}),
      ...(there.length > 0 && this.#dice.chance(0.15)
        ? { message_reference: { message_id: this.#dice.pick(there).id, fail_if_not_exists: false } }
        : {}),
    }
    const sent = await this.#operations.do('send', who, post(MESSAGES, { channel_id: channel }, body), marker)
    return sent.outcome === 'ok' ? { channel, id: bodyOf(sent).id } : undefined
  }

  async direct(who: Account): Promise<void> {
    const other = this.#dice.pick(this.#people.filter(({ id }) => id !== who.id))
    const key = [who.id, other.id].sort().join()
    const conversation = this.#conversations.get(key) ?? { messages: [], reactions: [] }
    this.#conversations.set(key, conversation)
    if (!conversation.channel || this.#dice.chance(0.1)) {
      const request = post('/users/@me/channels', {}, { recipient_id: other.id })
      const opened = await this.#operations.do('open', who, request)
      if (opened.outcome !== 'ok') return
      conversation.channel = bodyOf(opened).id
    }
    await this.#dice.weighted<Action>([
      [6, () => this.#sendDirect(who, conversation)],
      [1, () => this.edit(who, conversation)],
      [1, () => this.delete(who, conversation)],
      [3, () => this.react(who, conversation)],
    ])()
  }

  async #sendDirect(who: Account, conversation: KnownMessages & { channel?: string }): Promise<void> {
    const sent = await this.#send(who, conversation.channel as string, conversation.messages)
    if (sent) conversation.messages.push(sent)
  }

  async edit(who: Account, guild: KnownMessages): Promise<void> {
    const marker = this.#operations.marker('edit')
    await this.#onMessage('edit', who, guild, 'PATCH', '', { content: marker }, marker)
  }

  delete = (who: Account, guild: KnownMessages) => this.#onMessage('delete', who, guild, 'DELETE', '')

  async react(who: Account, guild: KnownMessages): Promise<void> {
    if (this.#dice.chance(0.05)) return this.#onMessage('clear', who, guild, 'DELETE', '/reactions')
    const mine = guild.reactions.filter(({ userId }) => userId === who.id)
    if (mine.length > 0 && this.#dice.chance(0.4)) {
      const { message, emoji } = this.#dice.pick(mine)
      guild.reactions = guild.reactions.filter(
        (one) => one.message !== message || one.emoji !== emoji || one.userId !== who.id,
      )
      const path = `${MESSAGE}/reactions/:emoji/:user_id`
      const params = { channel_id: message.channel, message_id: message.id, emoji, user_id: '@me' }
      await this.#operations.do('unreact', who, remove(path, params))
      return
    }
    if (guild.messages.length === 0) return
    const message = this.#dice.pick(guild.messages)
    const emoji = this.#dice.pick(EMOJIS)
    const params = { channel_id: message.channel, message_id: message.id, emoji }
    const done = await this.#operations.do('react', who, put(`${MESSAGE}/reactions/:emoji/@me`, params))
    if (done.outcome === 'ok') guild.reactions.push({ message, emoji, userId: who.id })
  }

  async #onMessage(
    kind: string,
    who: Account,
    guild: KnownMessages,
    method: string,
    rest: string,
    body?: object,
    marker = '',
  ): Promise<void> {
    if (guild.messages.length === 0) return
    const { channel, id } = this.#dice.pick(guild.messages)
    const path = `${MESSAGE}${rest}`
    const params = { channel_id: channel, message_id: id }
    await this.#operations.do(kind, who, { method, path, params, ...(body ? { body } : {}) }, marker)
  }

  async bulkDelete(who: Account, guild: KnownGuild): Promise<void> {
    const channel = this.#dice.pick(guild.channels)
    const messages = guild.messages.filter((message) => message.channel === channel).map(({ id }) => id)
    if (messages.length < 2) return
    const request = post(`${MESSAGES}/bulk-delete`, { channel_id: channel }, { messages })
    await this.#operations.do('bulk delete', who, request)
  }

  read(who: Account, guild: KnownGuild): Promise<unknown> {
    const params = { channel_id: this.#dice.pick(guild.channels) }
    return this.#operations.do('read', who, get(MESSAGES, params, { limit: '100' }))
  }

  search(who: Account, guild: KnownGuild): Promise<unknown> {
    const path = '/guilds/:guild_id/messages/search'
    return this.#operations.do('search', who, get(path, { guild_id: guild.id }, { content: 'text' }))
  }

  type(who: Account, guild: KnownGuild): Promise<unknown> {
    const params = { channel_id: this.#dice.pick(guild.channels) }
    return this.#operations.do('type', who, post('/channels/:channel_id/typing', params, {}))
  }
}
