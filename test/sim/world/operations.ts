import { Permission } from '#shared/domain/permissions/flags.ts'
import type { Dice } from '../engine/dice.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Account } from './client.ts'
import type { Attempt, Request, Rest } from './rest.ts'
import { Violation } from './violation.ts'

/** One thing that somebody wanted, with all its repeats. */
export interface Operation {
  readonly kind: string
  readonly who: Account
  readonly request: Request
  /** A text that no other operation has: what it left in the log is known by it. */
  readonly marker: string
  readonly startedAt: number
  attempts: readonly Attempt[]
  /** ok: 2xx. fail: 4xx, without effect. info: it may have happened. null: under way. */
  outcome: 'ok' | 'fail' | 'info' | null
  endedAt: number
}

interface KnownMessage {
  readonly channel: string
  readonly id: string
}

interface KnownMessages {
  messages: KnownMessage[]
  reactions: { readonly message: KnownMessage; readonly emoji: string; readonly userId: string }[]
}

/** What people know of a guild from the answers that they got. */
export interface KnownGuild extends KnownMessages {
  readonly id: string
  readonly owner: Account
  readonly invite: string
  channels: string[]
  roles: string[]
}

const { VIEW_CHANNEL, SEND_MESSAGES, READ_MESSAGE_HISTORY, ADD_REACTIONS, ADMINISTRATOR } = Permission
const { MANAGE_CHANNELS, MANAGE_ROLES, KICK_MEMBERS, MANAGE_MESSAGES } = Permission
const USUAL = VIEW_CHANNEL | SEND_MESSAGES | READ_MESSAGE_HISTORY | ADD_REACTIONS
const MODERATE = MANAGE_CHANNELS | MANAGE_ROLES | KICK_MEMBERS | MANAGE_MESSAGES
const MESSAGE = '/channels/:channel_id/messages/:message_id'
const EMOJIS = ['👍', '🎉', '❤️']

type Action = () => Promise<unknown>

/** What people do, at random: all of it by the public interface. */
export class Operations {
  readonly all: Operation[] = []
  readonly guilds: KnownGuild[] = []
  #pairs = 0
  /** Direct conversations by their two people. */
  readonly #conversations = new Map<string, KnownMessages & { channel?: string }>()
  readonly #rest: Rest
  readonly #dice: Dice
  readonly #scheduler: Scheduler
  readonly #people: readonly Account[]

  constructor(options: { rest: Rest; dice: Dice; scheduler: Scheduler; people: readonly Account[] }) {
    this.#rest = options.rest
    this.#dice = options.dice
    this.#scheduler = options.scheduler
    this.#people = options.people
  }

  get underWay(): number {
    return this.all.filter((operation) => operation.outcome === null).length
  }

  /** One thing that somebody does now. */
  async act(): Promise<void> {
    const who = this.#dice.pick(this.#people)
    const guild = this.#dice.pick(this.guilds)
    // Most of what only few may do is done by one who may.
    const boss = this.#dice.chance(0.7) ? guild.owner : who
    const actions: (readonly [number, Action])[] = [
      [30, () => this.send(who, guild)],
      [8, () => this.#edit(who, guild)],
      [5, () => this.#delete(who, guild)],
      [9, () => this.#react(who, guild)],
      [1, () => this.#bulkDelete(boss, guild)],
      [5, () => this.#read(who, guild)],
      [2, () => this.#search(who, guild)],
      [3, () => this.#createChannel(boss, guild)],
      [3, () => this.#editChannel(boss, guild)],
      [1, () => this.#deleteChannel(boss, guild)],
      [8, () => this.#overwrite(boss, guild)],
      [2, () => this.#createRole(boss, guild)],
      [4, () => this.#editRole(boss, guild)],
      [1, () => this.#deleteRole(boss, guild)],
      [7, () => this.#memberRole(boss, guild)],
      [2, () => this.#kick(boss, guild)],
      [2, () => this.leave(who, guild)],
      [5, () => this.join(who, guild)],
      [1, () => this.#rename(boss, guild)],
      [1, () => this.#twins(guild)],
      [1, () => this.#type(who, guild)],
      [7, () => this.#direct(who)],
    ]
    await this.#dice.weighted(actions)()
  }

  async do(kind: string, who: Account, request: Request, marker = ''): Promise<Operation> {
    const startedAt = this.#scheduler.now
    const operation: Operation = {
      kind,
      who,
      request,
      marker,
      startedAt,
      attempts: [],
      outcome: null,
      endedAt: 0,
    }
    this.all.push(operation)
    operation.attempts = await this.#rest.request(who, request)
    const last = operation.attempts.at(-1)?.answer
    operation.outcome = !last || last.status >= 500 ? 'info' : last.status < 300 ? 'ok' : 'fail'
    operation.endedAt = this.#scheduler.now
    return operation
  }

  async createGuild(owner: Account): Promise<void> {
    const marker = this.#marker('guild')
    const made = await this.do('create guild', owner, post('/guilds', {}, { name: marker }), marker)
    const { id } = bodyOf(made)
    const channels = await this.do('get channels', owner, get('/guilds/:guild_id/channels', { guild_id: id }))
    const general = bodyOf(channels).find((channel: { type: number }) => channel.type === 0).id
    const invite = await this.do(
      'create invite',
      owner,
      post('/channels/:channel_id/invites', { channel_id: general }, { max_age: 0, unique: true }),
    )
    const { code } = bodyOf(invite)
    this.guilds.push({ id, owner, invite: code, channels: [general], roles: [], messages: [], reactions: [] })
  }

  join = (who: Account, guild: KnownGuild) =>
    this.do('join', who, post('/invites/:code', { code: guild.invite }, {}))

  /** When all is well again, whoever may do everything can do everything. */
  async useEverything(): Promise<void> {
    for (const guild of this.guilds) {
      const { owner, id } = guild
      const [general] = guild.channels as [string]
      const must = async (kind: string, request: Request, marker = '') => {
        const done = await this.do(kind, owner, request, marker)
        if (done.outcome !== 'ok')
          throw new Violation(
            'I11',
            `the owner's ${kind} ended in ${done.attempts.at(-1)?.answer?.status} when all was well`,
          )
        return done
      }
      const text = this.#marker('text')
      const messages = '/channels/:channel_id/messages'
      const sent = await must('send', post(messages, { channel_id: general }, { content: text }), text)
      const message = { channel_id: general, message_id: bodyOf(sent).id }
      const edited = this.#marker('edit')
      await must('edit', patch(MESSAGE, message, { content: edited }), edited)
      const emoji = '👍'
      await must('react', {
        method: 'PUT',
        path: `${MESSAGE}/reactions/:emoji/@me`,
        params: { ...message, emoji },
      })
      const own = { ...message, emoji, user_id: '@me' }
      await must('unreact', remove(`${MESSAGE}/reactions/:emoji/:user_id`, own))
      const shown = await must('read', { ...get(messages, { channel_id: general }), query: { limit: '100' } })
      if (!bodyOf(shown).some((one: { id: string }) => one.id === message.message_id))
        throw new Violation('PRJ-4', `${message.message_id} was acknowledged and is not in history`)
      await must('delete', remove(MESSAGE, message))
      const name = this.#marker('channel')
      const made = await must(
        'create channel',
        post('/guilds/:guild_id/channels', { guild_id: id }, { name, type: 0 }),
        name,
      )
      const channel = { channel_id: bodyOf(made).id }
      const topic = this.#marker('topic')
      await must('edit channel', patch('/channels/:channel_id', channel, { topic }), topic)
      await must('delete channel', remove('/channels/:channel_id', channel))
      await this.#twins(guild)
    }
  }

  /** Two who ask for the same at the same time want two. */
  async #twins({ owner, id }: KnownGuild): Promise<void> {
    const name = `twin-${++this.#pairs}`
    const request = post('/guilds/:guild_id/roles', { guild_id: id }, { name, permissions: '0' })
    const [one, other] = await Promise.all([this.#rest.once(owner, request), this.#rest.once(owner, request)])
    const ids = [one, other].flatMap(({ answer }) => (answer?.status === 200 ? answer.body.id : []))
    if (new Set(ids).size !== ids.length)
      throw new Violation('OUT-6', `two roles were asked for at once, and one was made: ${ids}`)
  }

  authorize(who: Account, guild: KnownGuild, applicationId: string): Promise<unknown> {
    const request = post('/oauth2/authorize', {}, { guild_id: guild.id, permissions: '0' })
    return this.do('authorize', who, { ...request, query: { client_id: applicationId } })
  }

  /** Two roles, which many have. */
  async giveRoles(guild: KnownGuild): Promise<void> {
    for (const permissions of [USUAL, USUAL | MODERATE]) {
      const name = this.#marker('role')
      const body = { name, permissions: String(permissions) }
      const request = post('/guilds/:guild_id/roles', { guild_id: guild.id }, body)
      guild.roles.push(bodyOf(await this.do('create role', guild.owner, request, name)).id)
    }
    const path = '/guilds/:guild_id/members/:user_id/roles/:role_id'
    for (const role_id of guild.roles)
      for (const { id } of this.#people)
        if (this.#dice.chance(0.5))
          await this.do('member role', guild.owner, {
            method: 'PUT',
            path,
            params: { guild_id: guild.id, user_id: id, role_id },
          })
  }

  leave = (who: Account, guild: KnownGuild) =>
    this.do('leave', who, remove('/users/@me/guilds/:guild_id', { guild_id: guild.id }))

  async send(who: Account, guild: KnownGuild): Promise<void> {
    const channel = this.#dice.pick(guild.channels)
    const sent = await this.#send(who, channel, guild.messages)
    if (sent) guild.messages.push(sent)
    if (guild.messages.length > 12) guild.messages.shift()
  }

  async #send(
    who: Account,
    channel: string,
    known: readonly KnownMessage[],
  ): Promise<KnownMessage | undefined> {
    const marker = this.#marker('text')
    const there = known.filter((message) => message.channel === channel)
    const mention = this.#dice.chance(0.3) ? ` <@${this.#dice.pick(this.#people).id}>` : ''
    const body = {
      content: marker + mention,
      ...(this.#dice.chance(0.4) ? { nonce: marker, enforce_nonce: true } : {}),
      ...(there.length > 0 && this.#dice.chance(0.15)
        ? { message_reference: { message_id: this.#dice.pick(there).id, fail_if_not_exists: false } }
        : {}),
    }
    const path = '/channels/:channel_id/messages'
    const sent = await this.do('send', who, post(path, { channel_id: channel }, body), marker)
    return sent.outcome === 'ok' ? { channel, id: bodyOf(sent).id } : undefined
  }

  async #direct(who: Account): Promise<void> {
    const other = this.#dice.pick(this.#people.filter(({ id }) => id !== who.id))
    const key = [who.id, other.id].sort().join()
    const conversation = this.#conversations.get(key) ?? { messages: [], reactions: [] }
    this.#conversations.set(key, conversation)
    if (!conversation.channel || this.#dice.chance(0.1)) {
      const request = post('/users/@me/channels', {}, { recipient_id: other.id })
      const opened = await this.do('open', who, request)
      if (opened.outcome !== 'ok') return
      conversation.channel = bodyOf(opened).id
    }
    await this.#dice.weighted<Action>([
      [6, () => this.#sendDirect(who, conversation)],
      [1, () => this.#edit(who, conversation)],
      [1, () => this.#delete(who, conversation)],
      [3, () => this.#react(who, conversation)],
    ])()
  }

  async #sendDirect(who: Account, conversation: KnownMessages & { channel?: string }): Promise<void> {
    const sent = await this.#send(who, conversation.channel as string, conversation.messages)
    if (sent) conversation.messages.push(sent)
  }

  async #edit(who: Account, guild: KnownMessages): Promise<void> {
    const marker = this.#marker('edit')
    await this.#onMessage('edit', who, guild, 'PATCH', '', { content: marker }, marker)
  }

  #delete = (who: Account, guild: KnownMessages) => this.#onMessage('delete', who, guild, 'DELETE', '')

  async #react(who: Account, guild: KnownMessages): Promise<void> {
    if (this.#dice.chance(0.05)) return this.#onMessage('clear', who, guild, 'DELETE', '/reactions')
    const mine = guild.reactions.filter(({ userId }) => userId === who.id)
    if (mine.length > 0 && this.#dice.chance(0.4)) {
      const { message, emoji } = this.#dice.pick(mine)
      guild.reactions = guild.reactions.filter(
        (one) => one.message !== message || one.emoji !== emoji || one.userId !== who.id,
      )
      const path = `${MESSAGE}/reactions/:emoji/:user_id`
      const params = { channel_id: message.channel, message_id: message.id, emoji, user_id: '@me' }
      await this.do('unreact', who, { method: 'DELETE', path, params })
      return
    }
    if (guild.messages.length === 0) return
    const message = this.#dice.pick(guild.messages)
    const emoji = this.#dice.pick(EMOJIS)
    const params = { channel_id: message.channel, message_id: message.id, emoji }
    const done = await this.do('react', who, {
      method: 'PUT',
      path: `${MESSAGE}/reactions/:emoji/@me`,
      params,
    })
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
    await this.do(kind, who, { method, path, params, ...(body ? { body } : {}) }, marker)
  }

  async #bulkDelete(who: Account, guild: KnownGuild): Promise<void> {
    const channel = this.#dice.pick(guild.channels)
    const messages = guild.messages.filter((message) => message.channel === channel).map(({ id }) => id)
    if (messages.length < 2) return
    const path = '/channels/:channel_id/messages/bulk-delete'
    await this.do('bulk delete', who, post(path, { channel_id: channel }, { messages }))
  }

  #read(who: Account, guild: KnownGuild): Promise<unknown> {
    const params = { channel_id: this.#dice.pick(guild.channels) }
    return this.do('read', who, { ...get('/channels/:channel_id/messages', params), query: { limit: '100' } })
  }

  #search(who: Account, guild: KnownGuild): Promise<unknown> {
    const request = get('/guilds/:guild_id/messages/search', { guild_id: guild.id })
    return this.do('search', who, { ...request, query: { content: 'text' } })
  }

  async #createChannel(who: Account, guild: KnownGuild): Promise<void> {
    if (guild.channels.length > 4) return
    const marker = this.#marker('channel')
    const hidden = { id: guild.id, type: 0, allow: '0', deny: String(VIEW_CHANNEL) }
    const body = { name: marker, type: 0, permission_overwrites: this.#dice.chance(0.3) ? [hidden] : [] }
    const path = '/guilds/:guild_id/channels'
    const made = await this.do('create channel', who, post(path, { guild_id: guild.id }, body), marker)
    if (made.outcome === 'ok') guild.channels.push(bodyOf(made).id)
  }

  #editChannel(who: Account, guild: KnownGuild): Promise<unknown> {
    const topic = this.#marker('topic')
    const params = { channel_id: this.#dice.pick(guild.channels) }
    return this.do('edit channel', who, patch('/channels/:channel_id', params, { topic }), topic)
  }

  async #deleteChannel(who: Account, guild: KnownGuild): Promise<void> {
    if (guild.channels.length < 3) return
    const channel = this.#dice.pick(guild.channels.slice(1))
    const gone = await this.do(
      'delete channel',
      who,
      remove('/channels/:channel_id', { channel_id: channel }),
    )
    if (gone.outcome !== 'fail') guild.channels = guild.channels.filter((id) => id !== channel)
  }

  #overwrite(who: Account, guild: KnownGuild): Promise<unknown> {
    const target = this.#dice.chance(0.7)
      ? { id: this.#dice.pick([guild.id, ...guild.roles]), type: 0 }
      : { id: this.#dice.pick(this.#people).id, type: 1 }
    const path = '/channels/:channel_id/permissions/:overwrite_id'
    const params = { channel_id: this.#dice.pick(guild.channels), overwrite_id: target.id }
    if (this.#dice.chance(0.25)) return this.do('delete overwrite', who, remove(path, params))
    const [allow, deny] = this.#dice
      .pick([
        [VIEW_CHANNEL, 0n],
        [0n, VIEW_CHANNEL],
        [VIEW_CHANNEL, SEND_MESSAGES],
        [SEND_MESSAGES, 0n],
        [0n, SEND_MESSAGES],
      ])
      .map(String)
    const body = { type: target.type, allow, deny }
    return this.do('put overwrite', who, { method: 'PUT', path, params, body })
  }

  async #createRole(who: Account, guild: KnownGuild): Promise<void> {
    if (guild.roles.length > 3) return
    const name = this.#marker('role')
    const body = { name, permissions: this.#permissions() }
    const made = await this.do(
      'create role',
      who,
      post('/guilds/:guild_id/roles', { guild_id: guild.id }, body),
      name,
    )
    if (made.outcome === 'ok') guild.roles.push(bodyOf(made).id)
  }

  #editRole(who: Account, guild: KnownGuild): Promise<unknown> {
    const params = { guild_id: guild.id, role_id: this.#dice.pick([guild.id, ...guild.roles]) }
    const name = this.#marker('role')
    const body = { permissions: this.#permissions(), ...(params.role_id === guild.id ? {} : { name }) }
    return this.do('edit role', who, patch('/guilds/:guild_id/roles/:role_id', params, body), name)
  }

  async #deleteRole(who: Account, guild: KnownGuild): Promise<void> {
    if (guild.roles.length < 2) return
    const role = this.#dice.pick(guild.roles)
    guild.roles = guild.roles.filter((id) => id !== role)
    await this.do(
      'delete role',
      who,
      remove('/guilds/:guild_id/roles/:role_id', { guild_id: guild.id, role_id: role }),
    )
  }

  async #memberRole(who: Account, guild: KnownGuild): Promise<void> {
    if (guild.roles.length === 0) return
    const params = {
      guild_id: guild.id,
      user_id: this.#dice.pick(this.#people).id,
      role_id: this.#dice.pick(guild.roles),
    }
    const method = this.#dice.chance(0.6) ? 'PUT' : 'DELETE'
    await this.do('member role', who, {
      method,
      path: '/guilds/:guild_id/members/:user_id/roles/:role_id',
      params,
    })
  }

  #kick(who: Account, guild: KnownGuild): Promise<unknown> {
    const params = { guild_id: guild.id, user_id: this.#dice.pick(this.#people).id }
    return this.do('kick', who, remove('/guilds/:guild_id/members/:user_id', params))
  }

  #rename(who: Account, guild: KnownGuild): Promise<unknown> {
    const name = this.#marker('guild')
    return this.do('rename', who, patch('/guilds/:guild_id', { guild_id: guild.id }, { name }), name)
  }

  #type(who: Account, guild: KnownGuild): Promise<unknown> {
    const params = { channel_id: this.#dice.pick(guild.channels) }
    return this.do('type', who, { method: 'POST', path: '/channels/:channel_id/typing', params })
  }

  #permissions(): string {
    const sets = [USUAL, USUAL, USUAL & ~VIEW_CHANNEL, 0n, ADMINISTRATOR, USUAL | MODERATE]
    return String(this.#dice.pick(sets))
  }

  #marker(what: string): string {
    return `${what}-${this.all.length}`
  }
}

const get = (path: string, params: Record<string, string>): Request => ({ method: 'GET', path, params })
const remove = (path: string, params: Record<string, string>): Request => ({ method: 'DELETE', path, params })
const post = (path: string, params: Record<string, string>, body: object): Request => ({
  method: 'POST',
  path,
  params,
  body,
})
const patch = (path: string, params: Record<string, string>, body: object): Request => ({
  ...post(path, params, body),
  method: 'PATCH',
})

/** The body of a success. */
// biome-ignore lint/suspicious/noExplicitAny: the wire's objects
export function bodyOf({ attempts, kind }: Operation): any {
  const answer = attempts.at(-1)?.answer
  if (!answer || answer.status >= 300) throw new Error(`${kind} was answered ${answer?.status}`)
  return answer.body
}
