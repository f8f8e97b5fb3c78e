import { type Snowflake, shardOf } from '#shared/kernel/ids.ts'

/** What of a session decides which events it is sent. */
export interface SessionView {
  readonly userId: string
  readonly intents: number
  /** Application flags and intents do not limit what people see of message content. */
  readonly bot: boolean
  readonly shard: readonly [number, number] | null
  /** Guilds of more members are `large`, and come without the others. */
  readonly largeThreshold: number
}

/** `(guild_id >> 22) mod n == id`; without a shard all. */
export const ownsGuild = ({ shard }: Pick<SessionView, 'shard'>, guildId: string): boolean =>
  !shard || shardOf(guildId as Snowflake, shard[1]) === shard[0]

/** Conversations, and what concerns the user alone, go to shard 0. */
export const ownsConversations = ({ shard }: Pick<SessionView, 'shard'>): boolean => !shard || shard[0] === 0

export const wants = (view: Pick<SessionView, 'intents'>, intent: number): boolean =>
  (view.intents & intent) === intent
