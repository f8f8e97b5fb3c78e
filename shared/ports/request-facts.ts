import type { Member } from '#shared/domain/guild/entities.ts'
import type { OwnUser } from '#shared/domain/user/user.ts'

/** Everything one request must know first, from one statement: permission truth is Postgres [PERM-21]. */
export interface RequestFacts {
  readonly caller: OwnUser
  readonly applicationId: string | null
  /** A new id, of Postgres' time: nothing committed later has a smaller one. */
  readonly newId: string
  /** Postgres' time, ms since the Unix epoch. */
  readonly now: number
  readonly channel: { readonly id: string; readonly type: number; readonly isRecipient: boolean } | null
  readonly guild: {
    readonly id: string
    readonly structureVersion: number
    readonly member: Member | null
  } | null
  /** The id that an identical create took within the last minute before it ended in 503. */
  readonly attemptedId: string | null
}

export interface FactsQuery {
  readonly tokenHash: Buffer
  readonly channelId: string | null
  readonly guildId: string | null
  readonly attempt: { readonly route: string; readonly bodyHash: Buffer } | null
}
