import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import type { Db } from './database.ts'
import { readStructureAtOnce } from './guild-store.ts'

const GUILDS_KEPT = 5_000

/**
 * Roles and channels of guilds by version. A cached value is used only if its version is the one that the
 * request's own statement found, so an api process that was frozen can never grant what was revoked [PERM-21].
 */
export class StructureCache {
  readonly #db: Db
  readonly #kept = new Map<string, { readonly version: number; readonly state: GuildState }>()

  constructor(db: Db) {
    this.#db = db
  }

  /** undefined: the guild is gone. */
  async get(guildId: string, structureVersion: number): Promise<GuildState | undefined> {
    const kept = this.#kept.get(guildId)
    if (kept?.version === structureVersion) return kept.state
    const read = await readStructureAtOnce(this.#db, guildId)
    if (!read) return undefined
    this.#kept.delete(guildId)
    this.#kept.set(guildId, { version: read.structureVersion, state: read.state })
    if (this.#kept.size > GUILDS_KEPT) this.#kept.delete(this.#kept.keys().next().value as string)
    return read.state
  }
}
