import { Permission } from '#shared/domain/permissions/flags.ts'
import type { Person } from '#test/support/people.ts'
import { seededRandom } from '#test/support/random-operations.ts'
import type { Asked, Journal } from './journal.ts'
import type { Answer, RepeatingClient } from './repeating-client.ts'
import type { Town } from './town.ts'

const LATEST = 40
/** Of creates, how many are known again, and how many of them by a nonce; the others by an Idempotency-Key. */
const ONCE = 0.7
const BY_NONCE = 0.4
export const EMOJI = '👍'
const REACTION = encodeURIComponent(EMOJI)
const UNKNOWN_MESSAGE = 10008

interface Options {
  readonly town: Town
  readonly client: RepeatingClient
  readonly journal: Journal
  readonly seed: number
  /** Between two operations of a person, at most. */
  readonly pauseMs: number
}

type Operation = readonly [weight: number, run: () => Promise<void>]

/** What the people of a town do, each one thing after another, until the signal aborts. */
export async function load(options: Options, signal: AbortSignal): Promise<void> {
  const { town, seed } = options
  const shared = { messages: [] as Asked[], counter: { last: 0 } }
  const everybody = [town.owner, ...town.guests, ...town.joiners]
  await Promise.all(
    everybody.map((who, index) => new Writer(options, who, seed * 1_000 + index, shared).run(signal)),
  )
}

class Writer {
  readonly #options: Options
  readonly #who: Person
  readonly #random: () => number
  readonly #shared: { messages: Asked[]; counter: { last: number } }
  readonly #own: Asked[] = []
  readonly #operations: readonly Operation[]
  #shown = false

  constructor(
    options: Options,
    who: Person,
    seed: number,
    shared: { messages: Asked[]; counter: { last: number } },
  ) {
    this.#options = options
    this.#who = who
    this.#random = seededRandom(seed)
    this.#shared = shared
    const { owner, joiners } = options.town
    const messages: Operation[] = [
      [50, () => this.#send(this.#pick(this.#channels()) as string)],
      [14, () => this.#edit()],
      [5, () => this.#delete()],
      [16, () => this.#react()],
      [4, () => this.#refused()],
    ]
    const structure: Operation[] = [
      [4, () => this.#topic()],
      [2, () => this.#make('channels')],
      [2, () => this.#make('roles')],
      [5, () => this.#toggleSecret()],
    ]
    if (joiners.includes(who)) this.#operations = [[1, () => this.#joinOrLeave()]]
    else this.#operations = who === owner ? [...messages, ...structure] : messages
  }

  async run(signal: AbortSignal): Promise<void> {
    const total = this.#operations.reduce((sum, [weight]) => sum + weight, 0)
    while (!signal.aborted) {
      let left = this.#random() * total
      this.#options.journal.operations++
      for (const [weight, run] of this.#operations) {
        left -= weight
        if (left >= 0) continue
        await run()
        break
      }
      await new Promise((resolve) => setTimeout(resolve, this.#random() * this.#options.pauseMs))
    }
  }

  #channels(): string[] {
    const { town } = this.#options
    if (this.#who === town.owner) return [...town.open, ...town.open, town.secret, town.board, town.direct]
    return this.#who === town.guests[0] ? [...town.open, town.direct] : [...town.open]
  }

  #new(channel: string, content: string, isOnce = false): Asked {
    const message: Asked = {
      channel,
      author: this.#who.id,
      content,
      isOnce,
      invokedAt: performance.now(),
      outcome: 'unknown',
      okAt: Number.POSITIVE_INFINITY,
      id: undefined,
      unanswered: 0,
      contents: [content],
      deleted: 'no',
      reactions: new Map(),
      frozen: false,
    }
    this.#options.journal.messages.push(message)
    return message
  }

  async #send(channel: string): Promise<void> {
    const { client, journal } = this.#options
    const at = `/channels/${channel}/messages`
    const content = this.#name('message')
    const way = this.#random()
    const isOnce = way < ONCE
    const word = content.replace('message ', 'n')
    const post = () => {
      if (!isOnce) return client.ask(this.#who, 'POST', at, { content })
      return way < BY_NONCE
        ? client.insist(this.#who, 'POST', at, { content, nonce: word, enforce_nonce: true })
        : client.insist(this.#who, 'POST', at, { content }, word)
    }
    const message = this.#new(channel, content, isOnce)
    const answer = await post()
    message.okAt = performance.now()
    message.outcome = answer.outcome
    message.unanswered = answer.unanswered
    if (answer.outcome === 'refused')
      journal.violations.push(`${content} was refused with ${answer.status} ${JSON.stringify(answer.body)}`)
    if (answer.outcome !== 'done') return
    message.id = answer.body.id
    // The same again, later: it is the same message.
    if (isOnce && this.#random() < 0.15) {
      const again = await post()
      if (again.body.id !== message.id)
        journal.violations.push(
          `${content} was answered ${message.id}, then ${again.status} ${again.body.id}`,
        )
    }
    this.#own.push(message)
    if (this.#own.length > LATEST) this.#own.shift()
    if (channel === this.#options.town.direct || channel === this.#options.town.secret) return
    this.#shared.messages.push(message)
    if (this.#shared.messages.length > LATEST) this.#shared.messages.shift()
  }

  async #edit(): Promise<void> {
    const message = this.#mine()
    if (!message) return
    const content = this.#name('edit')
    const answer = await this.#onMessage(this.#who, message, 'PATCH', '', { content })
    if (answer.outcome === 'done') message.contents = [content]
    else if (answer.outcome === 'unknown') {
      message.contents.push(content)
      message.frozen = true
    } else this.#strange('an edit', message, answer)
  }

  async #delete(): Promise<void> {
    const message = this.#mine()
    if (!message) return
    message.frozen = true
    message.deleted = 'maybe'
    const answer = await this.#onMessage(this.#who, message, 'DELETE', '')
    // Gone already: an earlier try was not answered.
    if (answer.outcome === 'done' || answer.body?.code === UNKNOWN_MESSAGE) message.deleted = 'yes'
    if (answer.outcome === 'refused' && answer.body.code !== UNKNOWN_MESSAGE)
      this.#strange('a deletion', message, answer)
  }

  async #react(): Promise<void> {
    const message = this.#pick(this.#shared.messages)
    const was = message?.reactions.get(this.#who.id) ?? 'out'
    if (message?.deleted !== 'no' || was === 'maybe') return
    message.reactions.set(this.#who.id, 'maybe')
    const method = was === 'out' ? 'PUT' : 'DELETE'
    const answer = await this.#onMessage(this.#who, message, method, `/reactions/${REACTION}/@me`)
    if (answer.outcome === 'done') message.reactions.set(this.#who.id, was === 'out' ? 'in' : 'out')
    // Its author may have deleted it meanwhile.
    if (answer.outcome === 'refused' && (message.deleted as string) === 'no')
      this.#strange('a reaction', message, answer)
  }

  async #refused(): Promise<void> {
    const { client, town, journal } = this.#options
    const long = this.#random() < 0.5 || this.#who === town.owner
    const content = long ? `${this.#name('refused')} `.padEnd(2_001, 'x') : this.#name('refused')
    const channel = long ? (town.open[0] as string) : town.board
    const message = this.#new(channel, content)
    const answer = await client.ask(this.#who, 'POST', `/channels/${channel}/messages`, { content })
    message.outcome = answer.outcome
    if (answer.outcome === 'done') journal.violations.push(`${content.slice(0, 20)} was not refused`)
  }

  async #topic(): Promise<void> {
    const { client, town, journal } = this.#options
    const channel = this.#pick(town.open) as string
    const topic = this.#name('topic')
    const answer = await client.ask(this.#who, 'PATCH', `/channels/${channel}`, { topic })
    const known = journal.topics.get(channel) ?? ['']
    journal.topics.set(channel, answer.outcome === 'done' ? [topic] : [...known, topic])
  }

  async #make(what: 'channels' | 'roles'): Promise<void> {
    const { client, town, journal } = this.#options
    if (journal.made.size > 60) return
    const name = this.#name(what).replace(' ', '-')
    const isOnce = this.#random() < ONCE
    const path = `/guilds/${town.guildId}/${what}`
    const answer = isOnce
      ? await client.insist(this.#who, 'POST', path, { name }, name)
      : await client.ask(this.#who, 'POST', path, { name })
    const { outcome, unanswered } = answer
    journal.made.set(name, {
      outcome,
      unanswered,
      isOnce,
      id: outcome === 'done' ? answer.body.id : undefined,
    })
  }

  /** After the answer, who has lost the right reads nothing, and who has got it does. */
  async #toggleSecret(): Promise<void> {
    const { client, town, journal } = this.#options
    const guest = town.guests[0] as Person
    const path = `/channels/${town.secret}/permissions/${guest.id}`
    this.#shown = !this.#shown
    const allow = { type: 1, allow: String(Permission.VIEW_CHANNEL), deny: '0' }
    const answer = this.#shown
      ? await client.insist(this.#who, 'PUT', path, allow)
      : await client.insist(this.#who, 'DELETE', path)
    if (answer.outcome !== 'done' && this.#shown)
      journal.violations.push(`an overwrite was answered ${answer.status}`)
    const seen = await client.ask(guest, 'GET', `/channels/${town.secret}/messages?limit=1`)
    const wanted = this.#shown ? 'done' : 'refused'
    if (seen.outcome !== wanted && seen.outcome !== 'unknown')
      journal.violations.push(
        `the secret channel is ${seen.status}, though it is ${this.#shown ? '' : 'not '}shown`,
      )
  }

  async #joinOrLeave(): Promise<void> {
    const { client, town, journal } = this.#options
    const inside = journal.members.get(this.#who.id) === 'in'
    const answer = inside
      ? await client.insist(this.#who, 'DELETE', `/users/@me/guilds/${town.guildId}`)
      : await client.insist(this.#who, 'POST', `/invites/${town.invite}`, {})
    // Out already: an earlier try was not answered.
    if (answer.outcome === 'refused' && !(inside && answer.unanswered > 0) && answer.status !== 404)
      journal.violations.push(
        `${inside ? 'a leave' : 'a join'} was answered ${answer.status} ${JSON.stringify(answer.body)}`,
      )
    journal.members.set(this.#who.id, inside ? 'out' : 'in')
    await new Promise((resolve) => setTimeout(resolve, 1_000 + this.#random() * 1_000))
  }

  /** One that nobody else changes now. */
  #mine(): Asked | undefined {
    const message = this.#pick(this.#own)
    return message && !message.frozen ? message : undefined
  }

  #onMessage(
    who: Person,
    { channel, id }: Asked,
    method: string,
    rest: string,
    body?: unknown,
  ): Promise<Answer> {
    return this.#options.client.ask(who, method, `/channels/${channel}/messages/${id}${rest}`, body)
  }

  #strange(what: string, { content }: Asked, { status, body }: Answer): void {
    this.#options.journal.violations.push(
      `${what} of ${content} was answered ${status} ${JSON.stringify(body)}`,
    )
  }

  #name(what: string): string {
    return `${what} ${++this.#shared.counter.last}`
  }

  #pick<T>(of: readonly T[]): T | undefined {
    return of[Math.floor(this.#random() * of.length)]
  }
}
