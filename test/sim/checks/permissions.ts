import type { Operation } from '../world/operations.ts'
import { Violation } from '../world/violation.ts'
import { Flag, mayInChannel, mayInGuild, type NaiveGuild, NOTHING } from './naive-guild.ts'
import type { Reference } from './reference.ts'

/** When each version of a guild was committed in Postgres, in virtual ms. */
export type Commits = ReadonlyMap<string, readonly { readonly version: number; readonly at: number }[]>

export interface LoggedCreate {
  readonly guildId: string
  readonly channelId: string
  readonly messageId: string
  readonly authorId: string
  readonly position: number
  /** When its id was made, which is when its author's right was looked up first. */
  readonly begunAt: number
  /** When its append was asked for. */
  readonly askedAt: number
  /** "… joined": in his name, but not his doing. */
  readonly bySystem: boolean
}

/** A permission statement may be this old when a message is committed; drifting clocks make it a little more. */
const GOOD_FOR_MS = 2_000 * 1.02 + 20

/** What a guild's state was in Postgres over a stretch of time. */
export class History {
  readonly #commits: Commits
  readonly #reference: Reference

  constructor(commits: Commits, reference: Reference) {
    this.#commits = commits
    this.#reference = reference
  }

  /** The states that stood at any moment between two, those included. */
  between(guildId: string, from: number, to: number): NaiveGuild[] {
    const commits = this.#commits.get(guildId) ?? []
    const first = commits.findLastIndex(({ at }) => at < from)
    const states = this.#reference.versions.get(guildId) ?? []
    return commits
      .slice(Math.max(first, 0))
      .filter(({ at }) => at <= to)
      .map(({ version }) => states.find(({ state }) => state.version === version)?.state ?? NOTHING)
  }
}

/** No message is committed by who could not send it just before [PERM-21]. */
export function checkCreates(creates: readonly LoggedCreate[], history: History): void {
  for (const { guildId, channelId, messageId, authorId, askedAt, bySystem } of creates) {
    if (bySystem) continue
    const states = history.between(guildId, askedAt - GOOD_FOR_MS, askedAt)
    if (!states.some((state) => mayInChannel(state, authorId, channelId, Flag.SEND_MESSAGES)))
      throw new Violation('PERM-21', `${authorId} sent ${messageId} though he might not any more`)
  }
}

/** Nobody was shown a message that was sent after he had lost the right to read its channel [PERM-21]. */
export function checkReads(
  operations: readonly Operation[],
  creates: readonly LoggedCreate[],
  history: History,
): void {
  const byId = new Map(creates.map((create) => [create.messageId, create]))
  for (const { kind, who, attempts } of operations) {
    if (kind !== 'read' && kind !== 'search') continue
    for (const { startedAt, endedAt, answer } of attempts) {
      if (answer?.status !== 200) continue
      const shown: { id: string }[] = kind === 'read' ? answer.body : answer.body.messages.flat()
      for (const { id } of shown) {
        const create = byId.get(id)
        if (!create) throw new Violation('PRJ-3', `${id} was shown and is not in the log`)
        const states = history.between(create.guildId, Math.max(startedAt, create.begunAt), endedAt)
        const may = (state: NaiveGuild) =>
          mayInChannel(state, who.id, create.channelId, Flag.READ_MESSAGE_HISTORY)
        if (!states.some(may))
          throw new Violation('VIS-7', `${who.id} was shown ${id} by a ${kind}, which he might not see`)
      }
    }
  }
}

/** A change of a guild is decided by the state that it changes: its author might do it just before. */
export function checkChanges(operations: readonly Operation[], reference: Reference): void {
  for (const step of reference.steps) {
    if (!step.relational || step.kind !== 'guild') continue
    const { event, before } = step
    // biome-ignore lint/suspicious/noExplicitAny: whatever the log's facts hold
    const value = (event.facts as any).changes[0]?.value
    const by = (marker: unknown, kind: string) =>
      operations.find((operation) => operation.marker === marker && operation.kind === kind)
    const demand = (author: Operation | undefined, may: (userId: string) => boolean) => {
      if (author && !may(author.who.id))
        throw new Violation(
          'PERM-21',
          `${author.kind} ${author.marker} was done by ${author.who.id}, who might not`,
        )
    }
    switch (event.type) {
      case 'GUILD_ROLE_CREATE':
        demand(by(value.name, 'create role'), (id) => mayInGuild(before, id, Flag.MANAGE_ROLES))
        break
      case 'CHANNEL_CREATE':
        demand(by(value.name, 'create channel'), (id) => mayInGuild(before, id, Flag.MANAGE_CHANNELS))
        break
      case 'CHANNEL_UPDATE':
        if (before.channels[value.id]?.topic !== value.topic)
          demand(by(value.topic, 'edit channel'), (id) =>
            mayInChannel(before, id, value.id, Flag.MANAGE_CHANNELS),
          )
        break
      case 'GUILD_UPDATE':
        demand(by(value.name, 'rename'), (id) => mayInGuild(before, id, Flag.MANAGE_GUILD))
    }
  }
}

type Asks = (state: NaiveGuild, userId: string, { params, body }: Operation['request']) => boolean

const inGuild =
  (flag: bigint): Asks =>
  (state, userId) =>
    mayInGuild(state, userId, flag)
const inChannel =
  (flag: bigint): Asks =>
  (state, userId, { params }) =>
    mayInChannel(state, userId, params.channel_id ?? '', flag)

/** What each kind of request takes at the least; `enough`: nothing else is asked of who has it. */
const RIGHTS: Readonly<Record<string, { readonly needs: Asks; readonly enough?: true }>> = {
  send: { needs: inChannel(Flag.SEND_MESSAGES) },
  edit: { needs: inChannel(Flag.VIEW_CHANNEL) },
  delete: { needs: inChannel(Flag.VIEW_CHANNEL) },
  react: { needs: inChannel(Flag.READ_MESSAGE_HISTORY) },
  clear: { needs: inChannel(Flag.MANAGE_MESSAGES), enough: true },
  'bulk delete': { needs: inChannel(Flag.MANAGE_MESSAGES), enough: true },
  read: { needs: inChannel(Flag.VIEW_CHANNEL), enough: true },
  'create channel': { needs: inGuild(Flag.MANAGE_CHANNELS) },
  'edit channel': { needs: inChannel(Flag.MANAGE_CHANNELS), enough: true },
  'delete channel': { needs: inChannel(Flag.MANAGE_CHANNELS), enough: true },
  'put overwrite': { needs: inChannel(Flag.MANAGE_ROLES) },
  'delete overwrite': { needs: inChannel(Flag.MANAGE_ROLES) },
  'create role': { needs: inGuild(Flag.MANAGE_ROLES) },
  'edit role': { needs: inGuild(Flag.MANAGE_ROLES) },
  'delete role': { needs: inGuild(Flag.MANAGE_ROLES) },
  'member role': { needs: inGuild(Flag.MANAGE_ROLES) },
  kick: { needs: inGuild(Flag.KICK_MEMBERS) },
  rename: { needs: inGuild(Flag.MANAGE_GUILD), enough: true },
}

/** 2xx only for who might at some moment of the request, 403 only for who might not; the owner may everything. */
export function checkRights(operations: readonly Operation[], history: History, reference: Reference): void {
  const guildOf = new Map<string, string>()
  for (const [guildId, versions] of reference.versions)
    for (const { state } of versions) for (const id of Object.keys(state.channels)) guildOf.set(id, guildId)
  for (const { kind, who, request, attempts, startedAt } of operations) {
    const right = RIGHTS[kind]
    const guildId = request.params.guild_id ?? guildOf.get(request.params.channel_id ?? '')
    if (!right || !guildId) continue
    for (const attempt of attempts) {
      const { status } = attempt.answer ?? { status: 0 }
      const about = `${who.id}'s ${kind} of ${JSON.stringify(request.params)} was answered ${status}`
      // A repeat is answered for the attempt that was made before it.
      const from = status < 300 ? startedAt - (kind === 'send' ? GOOD_FOR_MS : 0) : attempt.startedAt
      const states = history.between(guildId, from, attempt.endedAt)
      const may = states.map((state) => right.needs(state, who.id, request))
      if (status >= 200 && status < 300 && !may.includes(true)) throw new Violation('PERM-21', about)
      const owns = states.every((state) => state.guild?.owner_id === who.id)
      // Not even the owner puts himself out, or edits what others have written.
      const asked = kind !== 'kick' && kind !== 'edit' && owns
      if (status === 403 && (right.enough || asked) && !may.includes(false))
        throw new Violation('PERM-2', about)
    }
  }
}
