import type { Activity, OwnSession } from '#shared/protocol/presence-update.ts'

/** What processes tell each other without keeping it. Subject → message; a subject may end in an address. */
export interface BusMessages {
  /** Somebody types; `d` is the dispatch's wire JSON. */
  typing: {
    readonly guild_id: string | null
    readonly channel_id: string
    readonly user_id: string
    readonly d: string
  }
  /** A user's merged status on one gateway changed. */
  presence: {
    readonly node: string
    readonly user_id: string
    readonly status: string
    readonly activities: readonly Activity[]
    readonly client_status: Readonly<Record<string, string>>
    /** Of a person, his sessions there, for himself: also those that others are not shown. None: none are there. */
    readonly sessions?: readonly OwnSession[]
  }
  /** A session lives on `node` now: older connections let go. */
  session_taken: { readonly session_id: string; readonly node: string }
  /** Tokens of a user were revoked: sessions that used one end (all of the user's when hash is null). */
  token_revoked: { readonly user_id: string; readonly hash: string | null }
  /** A process of a service lives, said again and again, or is about to stop. */
  process: { readonly service: string; readonly node: string; readonly state: 'alive' | 'stopping' }
  /** Does a request pass? Asked of the process that keeps its cell, whose node ends the subject. */
  [asked: `rate_limit_asked.${string}`]: {
    readonly from: string
    readonly id: number
    readonly cell: string
    readonly limit: number
    readonly window_ms: number
  }
  /** The answer to the question `id` of the process whose node ends the subject. */
  [told: `rate_limit_told.${string}`]: {
    readonly id: number
    readonly allowed: boolean
    readonly backlog_ms: number
  }
}

/**
 * Ephemeral publish and subscribe between processes. At most once, no order across publishers, no history: what
 * must not be lost goes through the event log.
 */
export interface Bus {
  publish<S extends keyof BusMessages>(subject: S, message: BusMessages[S]): void
  /** Handlers run after the publisher's turn, never inside it; the returned function unsubscribes. */
  subscribe<S extends keyof BusMessages>(subject: S, handler: (message: BusMessages[S]) => void): () => void
  /** Messages of others may have been missed until now; the returned function ends it. */
  onGap(handler: () => void): () => void
  close(): Promise<void>
}
