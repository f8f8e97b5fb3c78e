import { Permission } from '#shared/domain/permissions/flags.ts'
import type { Dice } from '../engine/dice.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Account } from './client.ts'
import type { KnownGuild } from './known-guild.ts'
import { Messages } from './messages.ts'
import { bodyOf, type Operations } from './operations.ts'
import { get, MEMBER_ROLE, patch, post, put, remove } from './requests.ts'
import type { Rest } from './rest.ts'
import { Violation } from './violation.ts'

const { VIEW_CHANNEL, SEND_MESSAGES, READ_MESSAGE_HISTORY, ADD_REACTIONS, ADMINISTRATOR } = Permission
const { MANAGE_CHANNELS, MANAGE_ROLES, KICK_MEMBERS, MANAGE_MESSAGES } = Permission
const USUAL = VIEW_CHANNEL | SEND_MESSAGES | READ_MESSAGE_HISTORY | ADD_REACTIONS
const MODERATE = MANAGE_CHANNELS | MANAGE_ROLES | KICK_MEMBERS | MANAGE_MESSAGES

type Action = () => Promise<unknown>

/** What may go wrong with just what is asked for next. */
interface Hamper {
  /** Its server stops between looking up what is allowed and doing it. */
  ponder(): void
  /** Its server ends between what it has committed and its answer. */
  cutShort(): void
}

/** What people do, at random: all of it by the public interface. */
export class Workload {
  readonly guilds: KnownGuild[] = []
  readonly #operations: Operations
  readonly #messages: Messages
  readonly #rest: Rest
  readonly #dice: Dice
  readonly #scheduler: Scheduler
  readonly #people: readonly Account[]
  readonly #hamper: Hamper
  #pairs = 0

  constructor(options: {
    operations: Operations
    rest: Rest
    dice: Dice
    scheduler: Scheduler
    people: readonly Account[]
    hamper: Hamper
  }) {
    this.#operations = options.operations
    this.#messages = new Messages(options.operations, options.dice, options.people)
    this.#rest = options.rest
    this.#dice = options.dice
    this.#scheduler = options.scheduler
    this.#people = options.people
    this.#hamper = options.hamper
  }

  /** One thing that somebody does now. */
  async act(): Promise<void> {
    const who = this.#dice.pick(this.#people)
    const guild = this.#dice.pick(this.guilds)
    // Most of what only few may do is done by one who may.
    const boss = this.#dice.chance(0.7) ? guild.owner : who
    const actions: (readonly [number, Action])[] = [
      [30, () => this.#messages.send(who, guild)],
      [8, () => this.#messages.edit(who, guild)],
      [5, () => this.#messages.delete(who, guild)],
      [9, () => this.#messages.react(who, guild)],
      [1, () => this.#messages.bulkDelete(boss, guild)],
      [5, () => this.#messages.read(who, guild)],
      [2, () => this.#messages.search(who, guild)],
      [3, () => this.#createChannel(boss, guild)],
      [3, () => this.#editChannel(boss, guild)],
      [1, () => this.#deleteChannel(boss, guild)],
      [8, () => this.#overwrite(boss, guild)],
      [4, () => this.#createRole(boss, guild)],
      [4, () => this.#editRole(boss, guild)],
      [2, () => this.#deleteRole(boss, guild)],
      [7, () => this.#memberRole(boss, guild)],
      [2, () => this.#kick(boss, guild)],
      [2, () => this.leave(who, guild)],
      [5, () => this.join(who, guild)],
      [1, () => this.#rename(boss, guild)],
      [1, () => this.twins(guild)],
      [6, () => this.#lose(who, guild)],
      [1, () => this.#messages.type(who, guild)],
      [7, () => this.#messages.direct(who)],
    ]
    await this.#dice.weighted(actions)()
  }

  async createGuild(owner: Account): Promise<void> {
    const marker = this.#operations.marker('guild')
    const made = await this.#operations.do(
      'create guild',
      owner,
      post('/guilds', {}, { name: marker }),
      marker,
    )
    const { id } = bodyOf(made)
    const channels = await this.#operations.do(
      'get channels',
      owner,
      get('/guilds/:guild_id/channels', { guild_id: id }),
    )
    const general = bodyOf(channels).find((channel: { type: number }) => channel.type === 0).id
    const invite = await this.#operations.do(
      'create invite',
      owner,
      post('/channels/:channel_id/invites', { channel_id: general }, { max_age: 0, unique: true }),
    )
    const { code } = bodyOf(invite)
    this.guilds.push({ id, owner, invite: code, channels: [general], roles: [], messages: [], reactions: [] })
  }

  join = (who: Account, guild: KnownGuild) =>
    this.#operations.do('join', who, post('/invites/:code', { code: guild.invite }, {}))

  authorize(who: Account, guild: KnownGuild, applicationId: string): Promise<unknown> {
    const request = post('/oauth2/authorize', {}, { guild_id: guild.id, permissions: '0' })
    return this.#operations.do('authorize', who, { ...request, query: { client_id: applicationId } })
  }

  /** Two roles, which many have. */
  async giveRoles(guild: KnownGuild): Promise<void> {
    for (const permissions of [USUAL, USUAL | MODERATE]) {
      const name = this.#operations.marker('role')
      const body = { name, permissions: String(permissions) }
      const request = post('/guilds/:guild_id/roles', { guild_id: guild.id }, body)
      guild.roles.push(bodyOf(await this.#operations.do('create role', guild.owner, request, name)).id)
    }
    for (const role_id of guild.roles)
      for (const { id } of this.#people)
        if (this.#dice.chance(0.5))
          await this.#operations.do(
            'member role',
            guild.owner,
            put(MEMBER_ROLE, { guild_id: guild.id, user_id: id, role_id }),
          )
  }

  leave = (who: Account, guild: KnownGuild) =>
    this.#operations.do('leave', who, remove('/users/@me/guilds/:guild_id', { guild_id: guild.id }))

  /** Somebody uses a right while it is taken from him. */
  async #lose(who: Account, guild: KnownGuild): Promise<void> {
    const { owner } = guild
    const channel_id = this.#dice.pick(guild.channels)
    const path = '/channels/:channel_id/permissions/:overwrite_id'
    const params = { channel_id, overwrite_id: who.id }
    const set = (allow: bigint, deny: bigint) => {
      const body = { type: 1, allow: String(allow), deny: String(deny) }
      return this.#operations.do('put overwrite', owner, put(path, params, body))
    }
    const rights = SEND_MESSAGES | MANAGE_CHANNELS | READ_MESSAGE_HISTORY
    await set(VIEW_CHANNEL | rights, 0n)
    const uses = [
      () => this.#messages.sendTo(who, channel_id),
      () => this.#describe(who, channel_id),
      () => this.#messages.search(who, guild),
    ]
    if (this.#dice.chance(0.5)) this.#hamper.ponder()
    const use = this.#dice.pick<Action>(uses)()
    await this.#wait(this.#dice.chance(0.7) ? 30 : 3_000)
    await set(0n, rights)
    await this.#messages.sendTo(owner, channel_id)
    await use
    if (this.#dice.chance(0.7)) await this.#operations.do('delete overwrite', owner, remove(path, params))
  }

  /** Two who ask for the same at the same time want two. */
  async twins({ owner, id }: KnownGuild): Promise<void> {
    const name = `twin-${++this.#pairs}`
    const request = post('/guilds/:guild_id/roles', { guild_id: id }, { name, permissions: '0' })
    const ask = async (withinMs: number) => {
      await this.#wait(withinMs)
      return this.#rest.once(owner, request)
    }
    const [one, other] = await Promise.all([ask(0), ask(40)])
    const ids = [one, other].flatMap(({ answer }) => (answer?.status === 200 ? answer.body.id : []))
    if (new Set(ids).size !== ids.length)
      throw new Violation('OUT-6', `two roles were asked for at once, and one was made: ${ids}`)
  }

  async #createChannel(who: Account, guild: KnownGuild): Promise<void> {
    if (guild.channels.length > 4) return
    const marker = this.#operations.marker('channel')
    const hidden = { id: guild.id, type: 0, allow: '0', deny: String(VIEW_CHANNEL) }
    const body = { name: marker, type: 0, permission_overwrites: this.#dice.chance(0.3) ? [hidden] : [] }
    const path = '/guilds/:guild_id/channels'
    const made = await this.#operations.do(
      'create channel',
      who,
      post(path, { guild_id: guild.id }, body),
      marker,
    )
    if (made.outcome === 'ok') guild.channels.push(bodyOf(made).id)
  }

  #editChannel = (who: Account, guild: KnownGuild) => this.#describe(who, this.#dice.pick(guild.channels))

  #describe(who: Account, channel_id: string): Promise<unknown> {
    const topic = this.#operations.marker('topic')
    const params = { channel_id }
    return this.#operations.do('edit channel', who, patch('/channels/:channel_id', params, { topic }), topic)
  }

  async #deleteChannel(who: Account, guild: KnownGuild): Promise<void> {
    if (guild.channels.length < 3) return
    const channel = this.#dice.pick(guild.channels.slice(1))
    const gone = await this.#operations.do(
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
    if (this.#dice.chance(0.25)) return this.#operations.do('delete overwrite', who, remove(path, params))
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
    return this.#operations.do('put overwrite', who, put(path, params, body))
  }

  async #createRole(who: Account, guild: KnownGuild): Promise<void> {
    if (guild.roles.length > 5) return
    if (this.#dice.chance(0.2)) this.#hamper.cutShort()
    const name = this.#operations.marker('role')
    const body = { name, permissions: this.#permissions() }
    const made = await this.#operations.do(
      'create role',
      who,
      post('/guilds/:guild_id/roles', { guild_id: guild.id }, body),
      name,
    )
    if (made.outcome === 'ok') guild.roles.push(bodyOf(made).id)
  }

  #editRole(who: Account, guild: KnownGuild): Promise<unknown> {
    const params = { guild_id: guild.id, role_id: this.#dice.pick([guild.id, ...guild.roles]) }
    const name = this.#operations.marker('role')
    const body = { permissions: this.#permissions(), ...(params.role_id === guild.id ? {} : { name }) }
    return this.#operations.do(
      'edit role',
      who,
      patch('/guilds/:guild_id/roles/:role_id', params, body),
      name,
    )
  }

  async #deleteRole(who: Account, guild: KnownGuild): Promise<void> {
    if (guild.roles.length < 2) return
    const role = this.#dice.pick(guild.roles)
    guild.roles = guild.roles.filter((id) => id !== role)
    await this.#operations.do(
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
    const change = this.#dice.chance(0.6) ? put : remove
    await this.#operations.do('member role', who, change(MEMBER_ROLE, params))
  }

  #kick(who: Account, guild: KnownGuild): Promise<unknown> {
    const params = { guild_id: guild.id, user_id: this.#dice.pick(this.#people).id }
    return this.#operations.do('kick', who, remove('/guilds/:guild_id/members/:user_id', params))
  }

  #rename(who: Account, guild: KnownGuild): Promise<unknown> {
    const name = this.#operations.marker('guild')
    return this.#operations.do(
      'rename',
      who,
      patch('/guilds/:guild_id', { guild_id: guild.id }, { name }),
      name,
    )
  }

  /** Up to so many virtual ms. */
  #wait(withinMs: number): Promise<void> {
    return new Promise((resolve) => this.#scheduler.after(this.#dice.between(0, withinMs), null, resolve))
  }

  #permissions(): string {
    const sets = [USUAL, USUAL, USUAL & ~VIEW_CHANNEL, 0n, ADMINISTRATOR, USUAL | MODERATE]
    return String(this.#dice.pick(sets))
  }
}
