import type { AuditActor, AuditEntry, AuditNote } from '#shared/domain/guild/audit-log.ts'
import type { Member } from '#shared/domain/guild/entities.ts'
import type { GuildChange, GuildState } from '#shared/domain/guild/guild-state.ts'
import { evolveGuild, inverseOf, NO_GUILD } from '#shared/domain/guild/guild-state.ts'
import { asSnowflake } from '#shared/kernel/ids.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import { auditEntryObject } from '#shared/protocol/wire/audit-log.ts'
import { insertAuditEntry } from './audit-log.ts'
import type { Db, Tx } from './database.ts'
import { decided, type EventTooLarge } from './decided.ts'
import {
  lockGuild,
  newIds,
  readMembers,
  readStructure,
  setGuildVersion,
  writeGuildChanges,
} from './guild-store.ts'
import type { NotAppended, OutboxAppender } from './outbox-appender.ts'
import { type Change, insertOutboxRow } from './outbox-rows.ts'

export type GuildEvent = Change<GuildChange>

/** Of an event's facts, beside its changes. */
const HEAD_BYTES = 100

const MEMBERSHIP: ReadonlySet<string> = new Set([
  'GUILD_CREATE',
  'GUILD_MEMBER_ADD',
  'GUILD_MEMBER_REMOVE',
  'GUILD_DELETE',
])

/** A guild under its lock: what is read here stays true until the transaction ends. */
export class GuildTransaction {
  readonly tx: Tx
  readonly guildId: string
  readonly #mostEventBytes: number
  #state: GuildState
  #structureChanged = false

  constructor(tx: Tx, guildId: string, state: GuildState, mostEventBytes: number) {
    this.tx = tx
    this.guildId = guildId
    this.#state = state
    this.#mostEventBytes = mostEventBytes
  }

  /** Guild, roles and channels; of the members only those that were asked for. */
  get state(): GuildState {
    return this.#state
  }

  async member(userId: string): Promise<Member | undefined> {
    const known = this.#state.members.get(userId)
    if (known) return known
    const [member] = await readMembers(this.tx, this.guildId, { ids: [userId] })
    if (member) this.#state = { ...this.#state, members: this.#state.members.set(userId, member) }
    return member
  }

  newIds(count: number): Promise<string[]> {
    return newIds(this.tx, count)
  }

  /**
   * The next link of the guild's chain: writes the entities and the outbox row. Members that it changes must
   * have been read with `member` before, since the row keeps what is replaced.
   */
  async emit(event: GuildEvent): Promise<void> {
    const version = this.#state.version + 1
    const undo = inverseOf(this.#state, event.changes)
    await writeGuildChanges(this.tx, this.guildId, event.changes)
    const memberId = MEMBERSHIP.has(event.type) ? (event.userId ?? null) : null
    await insertOutboxRow(
      this.tx,
      { kind: 'guild', id: asSnowflake(this.guildId) },
      version,
      event,
      undo,
      memberId,
      this.#mostEventBytes,
    )
    this.#state = evolveGuild(this.#state, event.changes, version)
    this.#structureChanged ||= event.changes.some((change) => change.kind !== 'member')
  }

  /**
   * The same for any number of changes. Where they do not fit into one event, others with the first of them go before,
   * which have no dispatch of their own.
   */
  async emitInPieces({ changes, ...event }: GuildEvent): Promise<void> {
    let piece: GuildChange[] = []
    let bytes = 0
    const room = this.#mostEventBytes - Buffer.byteLength(JSON.stringify(event)) - HEAD_BYTES
    for (const change of changes) {
      const size = Buffer.byteLength(JSON.stringify(change)) + 1
      if (bytes + size > room && piece.length > 0) {
        await this.emit({ ...event, changes: piece, d: null })
        piece = []
        bytes = 0
      }
      piece.push(change)
      bytes += size
    }
    await this.emit({ ...event, changes: piece })
  }

  /** Enters what was done into the guild's audit log, and tells those who may read that. */
  async audit(actor: AuditActor, notes: readonly AuditNote[]): Promise<void> {
    if (notes.length === 0) return
    const ids = await this.newIds(notes.length)
    for (const [index, note] of notes.entries())
      await this.enter({ ...note, ...actor, id: ids[index] as string })
  }

  /** An entry that has its id already: a repeat enters nothing. */
  async enter(entry: AuditEntry): Promise<void> {
    if (!(await insertAuditEntry(this.tx, this.guildId, entry))) return
    await this.emit({
      type: 'GUILD_AUDIT_LOG_ENTRY_CREATE',
      changes: [],
      d: { ...auditEntryObject(entry), guild_id: this.guildId },
    })
  }

  /** Needed before everything is deleted, since undoing that restores the members. */
  loadAllMembers(): Promise<void> {
    return this.#load({})
  }

  loadMembersWithRole(roleId: string): Promise<void> {
    return this.#load({ roleId })
  }

  async #load(filter: Parameters<typeof readMembers>[2]): Promise<void> {
    let { members } = this.#state
    for (const member of await readMembers(this.tx, this.guildId, filter))
      members = members.set(member.user.id, member)
    this.#state = { ...this.#state, members }
  }

  /** For the writer: stores the version that the events have led to. */
  async finish(): Promise<void> {
    await setGuildVersion(this.tx, this.guildId, this.#state.version, this.#structureChanged)
  }
}

/**
 * Relational writes of guilds. Rows, versions and outbox rows commit together; success is told only when the
 * events are in the log [OUT-5].
 */
export class GuildWriter {
  readonly #db: Db
  readonly #appender: OutboxAppender

  constructor(db: Db, appender: OutboxAppender) {
    this.#db = db
    this.#appender = appender
  }

  /** Decides under the guild's lock. A refusal changes nothing. 'unknown_guild' when it does not exist (any more). */
  async write<T, E>(
    guildId: string,
    decide: (guild: GuildTransaction) => Promise<Result<T, E>>,
  ): Promise<Result<T, E | EventTooLarge | NotAppended | { code: 'unknown_guild' }>> {
    return this.#run(guildId, async (tx): Promise<Result<T, E | { code: 'unknown_guild' }>> => {
      if (!(await lockGuild(tx, guildId))) return err({ code: 'unknown_guild' as const })
      const structure = await readStructure(tx, guildId)
      if (!structure) return err({ code: 'unknown_guild' as const })
      return this.#decide(this.#transaction(tx, guildId, structure.state), decide)
    })
  }

  /** The first events of a guild that does not exist yet. Nothing happens when it does: a create was repeated. */
  async create<E>(
    guildId: string,
    decide: (guild: GuildTransaction) => Promise<Result<void, E>>,
  ): Promise<Result<void, E | EventTooLarge | NotAppended>> {
    return this.#run(guildId, async (tx) => {
      if (await lockGuild(tx, guildId)) return ok(undefined)
      return this.#decide(this.#transaction(tx, guildId, NO_GUILD), decide)
    })
  }

  #transaction(tx: Tx, guildId: string, state: GuildState): GuildTransaction {
    return new GuildTransaction(tx, guildId, state, this.#appender.mostEventBytes)
  }

  async #decide<T, E>(
    guild: GuildTransaction,
    decide: (guild: GuildTransaction) => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    const result = await decide(guild)
    if (result.ok) await guild.finish()
    return result
  }

  async #run<T, E>(
    guildId: string,
    work: (tx: Tx) => Promise<Result<T, E>>,
  ): Promise<Result<T, E | EventTooLarge | NotAppended>> {
    const result = await decided(this.#db, work)
    if (!result.ok) return result
    const appended = await this.#appender.append({ kind: 'guild', id: asSnowflake(guildId) })
    return appended.ok ? result : appended
  }
}
