import { Permission } from '#shared/domain/permissions/flags.ts'
import type { Exchange, Person } from './people.ts'
import { dataUri, MOVING_GIF, PNG } from './pictures.ts'

/** Numbers in [0, 1) that repeat with their seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * The seed of a run, always printed: the same one unless GUILDHALL_SEED names another, or is `random`. What
 * passed does not fail by chance next time; runs by hand try other seeds.
 */
export function newSeed(what: string): number {
  const wanted = process.env.GUILDHALL_SEED ?? '1'
  const seed = wanted === 'random' ? Date.now() % 1_000_000 : Number(wanted)
  if (!Number.isSafeInteger(seed))
    throw new Error(`GUILDHALL_SEED is "${wanted}": a whole number, or "random"`)
  console.log(`${what}: GUILDHALL_SEED=${seed}`)
  return seed
}

interface Message {
  readonly channel: string
  readonly id: string
}

type Operation = readonly [weight: number, run: (who: Person) => Promise<void>]

/**
 * People who do random things in a guild: messages, reactions, channels, overwrites, roles, memberships. What
 * is refused because of what others did meanwhile is fine; what fails is not.
 */
export class RandomOperations {
  readonly #random: () => number
  readonly #guildId: string
  readonly #owner: Person
  readonly #people: readonly Person[]
  readonly #operations: readonly Operation[]
  #channels: string[]
  #roles: string[] = []
  #emojis: string[] = []
  #messages: Message[] = []
  #invite = ''
  #counter = 0
  /** Answers other than 2xx by status. */
  readonly refusals = new Map<number, number>()

  constructor(options: {
    random: () => number
    guild: { readonly id: string; readonly general: string }
    owner: Person
    /** Members besides the owner. */
    people: readonly Person[]
  }) {
    this.#random = options.random
    this.#guildId = options.guild.id
    this.#channels = [options.guild.general]
    this.#owner = options.owner
    this.#people = options.people
    this.#operations = [
      [30, (who) => this.#send(who)],
      [8, (who) => this.#onMessage(who, 'PATCH', '', { content: this.#name('edited') })],
      [4, (who) => this.#onMessage(who, 'DELETE', '')],
      [8, (who) => this.#onMessage(who, 'PUT', `/reactions/${this.#emoji()}/@me`)],
      [4, (who) => this.#onMessage(who, 'DELETE', `/reactions/${this.#emoji()}/@me`)],
      [1, (who) => this.#onMessage(who, 'DELETE', '/reactions')],
      [3, () => this.#pin('PUT')],
      [1, () => this.#pin('DELETE')],
      [1, () => this.#bulkDelete()],
      [4, () => this.#createChannel()],
      [4, () => this.#edit(`/channels/${this.#pick(this.#channels)}`, { topic: this.#name('topic') })],
      [2, () => this.#deleteChannel()],
      [9, () => this.#overwrite()],
      [3, () => this.#createRole()],
      [4, () => this.#editRole()],
      [2, () => this.#deleteRole()],
      [9, () => this.#memberRole()],
      [2, () => this.#edit(`/guilds/${this.#guildId}`, { name: this.#name('guild') })],
      [3, () => this.#createEmoji()],
      [2, () => this.#changeEmoji()],
      [2, () => this.#moveChannel()],
      [2, () => this.#moveRole()],
      [4, () => this.#editMember()],
      [4, () => this.#leaveAndReturn()],
      [2, () => this.#inviteSomebody()],
    ]
  }

  /** One thing after another. */
  async run(count: number): Promise<void> {
    for (let done = 0; done < count; done++) await this.step()
  }

  async step(): Promise<void> {
    const total = this.#operations.reduce((sum, [weight]) => sum + weight, 0)
    let left = this.#random() * total
    const who = this.#pick([this.#owner, ...this.#people])
    for (const [weight, run] of this.#operations) {
      left -= weight
      if (left < 0) return run(who)
    }
  }

  async #do(who: Person, method: string, path: string, body?: unknown): Promise<Exchange<never> | undefined> {
    const exchange = await who.request(method, path, body)
    if (exchange.status < 300) return exchange as Exchange<never>
    this.refusals.set(exchange.status, (this.refusals.get(exchange.status) ?? 0) + 1)
    if (exchange.status >= 500) {
      throw new Error(`${method} ${path} was answered ${exchange.status}: ${JSON.stringify(exchange.body)}`)
    }
    return undefined
  }

  async #send(who: Person): Promise<void> {
    const channel = this.#pick(this.#channels)
    const sent = await this.#do(who, 'POST', `/channels/${channel}/messages`, { content: this.#name('text') })
    if (sent) this.#messages.push({ channel, id: idOf(sent) })
    if (this.#messages.length > 30) this.#messages.shift()
  }

  async #onMessage(who: Person, method: string, rest: string, body?: unknown): Promise<void> {
    if (this.#messages.length === 0) return
    const { channel, id } = this.#pick(this.#messages)
    await this.#do(who, method, `/channels/${channel}/messages/${id}${rest}`, body)
  }

  async #pin(method: 'PUT' | 'DELETE'): Promise<void> {
    if (this.#messages.length === 0) return
    const { channel, id } = this.#pick(this.#messages)
    await this.#do(this.#owner, method, `/channels/${channel}/messages/pins/${id}`)
  }

  async #bulkDelete(): Promise<void> {
    const channel = this.#pick(this.#channels)
    const messages = this.#messages.filter((message) => message.channel === channel).map(({ id }) => id)
    if (messages.length < 2) return
    await this.#do(this.#owner, 'POST', `/channels/${channel}/messages/bulk-delete`, { messages })
    this.#messages = this.#messages.filter((message) => message.channel !== channel)
  }

  async #createChannel(): Promise<void> {
    if (this.#channels.length > 8) return
    const hidden = { id: this.#guildId, type: 0, allow: '0', deny: String(Permission.VIEW_CHANNEL) }
    const made = await this.#do(this.#owner, 'POST', `/guilds/${this.#guildId}/channels`, {
      name: this.#name('channel'),
      permission_overwrites: this.#random() < 0.3 ? [hidden] : [],
    })
    if (made) this.#channels.push(idOf(made))
  }

  async #deleteChannel(): Promise<void> {
    if (this.#channels.length < 3) return
    const channel = this.#pick(this.#channels.slice(1))
    this.#channels = this.#channels.filter((id) => id !== channel)
    await this.#do(this.#owner, 'DELETE', `/channels/${channel}`)
  }

  async #overwrite(): Promise<void> {
    const roles = [this.#guildId, ...this.#roles].map((id) => ({ id, type: 0 }))
    const target = this.#pick([...roles, ...this.#people.map(({ id }) => ({ id, type: 1 }))])
    const path = `/channels/${this.#pick(this.#channels)}/permissions/${target.id}`
    const flags = this.#pick([
      [Permission.VIEW_CHANNEL, 0n],
      [0n, Permission.VIEW_CHANNEL],
      [Permission.SEND_MESSAGES, 0n],
    ] as const)
    if (this.#random() < 0.25) await this.#do(this.#owner, 'DELETE', path)
    else {
      const [allow, deny] = flags.map(String)
      await this.#do(this.#owner, 'PUT', path, { type: target.type, allow, deny })
    }
  }

  async #createRole(): Promise<void> {
    if (this.#roles.length > 5) return
    const body = { name: this.#name('role'), permissions: this.#permissions() }
    const made = await this.#do(this.#owner, 'POST', `/guilds/${this.#guildId}/roles`, body)
    if (made) this.#roles.push(idOf(made))
  }

  async #editRole(): Promise<void> {
    const role = this.#pick([this.#guildId, ...this.#roles])
    await this.#edit(`/guilds/${this.#guildId}/roles/${role}`, { permissions: this.#permissions() })
  }

  async #deleteRole(): Promise<void> {
    if (this.#roles.length < 2) return
    const role = this.#pick(this.#roles)
    this.#roles = this.#roles.filter((id) => id !== role)
    await this.#do(this.#owner, 'DELETE', `/guilds/${this.#guildId}/roles/${role}`)
  }

  async #createEmoji(): Promise<void> {
    const made = await this.#do(this.#owner, 'POST', `/guilds/${this.#guildId}/emojis`, {
      name: this.#name('emoji').replace('-', '_'),
      image: dataUri(this.#pick([PNG, MOVING_GIF])),
      roles: this.#roles.slice(0, 1),
    })
    if (made) this.#emojis.push(idOf(made))
  }

  async #changeEmoji(): Promise<void> {
    if (this.#emojis.length === 0) return
    const id = this.#pick(this.#emojis)
    const path = `/guilds/${this.#guildId}/emojis/${id}`
    if (this.#random() < 0.5) return this.#edit(path, { name: this.#name('emoji').replace('-', '_') })
    this.#emojis = this.#emojis.filter((other) => other !== id)
    await this.#do(this.#owner, 'DELETE', path)
  }

  async #memberRole(): Promise<void> {
    if (this.#roles.length === 0) return
    const path = `/guilds/${this.#guildId}/members/${this.#pick(this.#people).id}/roles/${this.#pick(this.#roles)}`
    await this.#do(this.#owner, this.#random() < 0.6 ? 'PUT' : 'DELETE', path)
  }

  async #moveChannel(): Promise<void> {
    const moved = { id: this.#pick(this.#channels), position: Math.floor(this.#random() * 9) }
    await this.#do(this.#owner, 'PATCH', `/guilds/${this.#guildId}/channels`, [moved])
  }

  async #moveRole(): Promise<void> {
    if (this.#roles.length === 0) return
    const moved = { id: this.#pick(this.#roles), position: 1 + Math.floor(this.#random() * 5) }
    await this.#do(this.#owner, 'PATCH', `/guilds/${this.#guildId}/roles`, [moved])
  }

  async #editMember(): Promise<void> {
    const until = new Date(Date.now() + 600_000).toISOString()
    const body = this.#pick<object>([
      { nick: this.#name('nick') },
      { nick: null },
      { communication_disabled_until: until },
      { communication_disabled_until: null },
    ])
    await this.#edit(`/guilds/${this.#guildId}/members/${this.#pick(this.#people).id}`, body)
  }

  async #inviteSomebody(): Promise<void> {
    await this.#do(this.#owner, 'POST', `/channels/${this.#pick(this.#channels)}/invites`, { unique: true })
  }

  async #leaveAndReturn(): Promise<void> {
    const who = this.#pick(this.#people)
    const how = this.#random()
    const ban = `/guilds/${this.#guildId}/bans/${who.id}`
    if (how < 0.2) await this.#do(this.#owner, 'PUT', ban, { delete_message_seconds: 3_600 })
    else if (how < 0.6) await this.#do(this.#owner, 'DELETE', `/guilds/${this.#guildId}/members/${who.id}`)
    else await this.#do(who, 'DELETE', `/users/@me/guilds/${this.#guildId}`)
    if (this.#random() < 0.5) await this.step()
    if (how < 0.2) await this.#do(this.#owner, 'DELETE', ban)
    await this.comeBack(who)
  }

  /** Whoever is out of the guild joins again. */
  async comeBack(who: Person): Promise<void> {
    if (!this.#invite) {
      const made = await this.#owner.expect('POST', `/channels/${this.#channels[0]}/invites`, {
        max_age: 0,
        unique: true,
      })
      this.#invite = made.code
    }
    // Somebody else may be about to ban him, or has just done so.
    await this.#do(who, 'POST', `/invites/${this.#invite}`, {})
  }

  async #edit(path: string, body: object): Promise<void> {
    await this.#do(this.#owner, 'PATCH', path, body)
  }

  #permissions(): string {
    const { VIEW_CHANNEL, SEND_MESSAGES, READ_MESSAGE_HISTORY, ADD_REACTIONS, ADMINISTRATOR } = Permission
    const usual = SEND_MESSAGES | READ_MESSAGE_HISTORY | ADD_REACTIONS
    return String(this.#pick([usual | VIEW_CHANNEL, usual | VIEW_CHANNEL, usual, 0n, ADMINISTRATOR]))
  }

  #emoji(): string {
    return encodeURIComponent(this.#pick(['👍', '🎉', '❤️']))
  }

  #name(what: string): string {
    return `${what}-${++this.#counter}`
  }

  #pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)] as T
  }
}

const idOf = (exchange: Exchange<unknown>): string => (exchange.body as { id: string }).id
