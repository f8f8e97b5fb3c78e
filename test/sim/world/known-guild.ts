import type { Account } from './client.ts'

export interface KnownMessage {
  readonly channel: string
  readonly id: string
}

export interface KnownMessages {
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
