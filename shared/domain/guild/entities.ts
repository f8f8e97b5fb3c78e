import type { Overwrite } from '#shared/domain/permissions/overwrites.ts'
import type { User } from '#shared/domain/user/user.ts'
import type { Emoji } from './emoji.ts'

/** The entities a guild's state is made of. Field names are the wire's; ids and permission sets are decimal strings. */
export interface Guild {
  readonly id: string
  readonly name: string
  readonly icon: string | null
  readonly banner: string | null
  readonly description: string | null
  readonly owner_id: string
  readonly afk_channel_id: string | null
  readonly afk_timeout: number
  readonly verification_level: number
  readonly default_message_notifications: number
  readonly explicit_content_filter: number
  readonly mfa_level: number
  readonly nsfw_level: number
  readonly system_channel_id: string | null
  readonly system_channel_flags: number
  readonly rules_channel_id: string | null
  readonly public_updates_channel_id: string | null
  readonly preferred_locale: string
  readonly features: readonly string[]
  /** In the order in which they were made. */
  readonly emojis: readonly Emoji[]
}

export interface Role {
  readonly id: string
  readonly name: string
  readonly color: number
  readonly hoist: boolean
  readonly icon: string | null
  readonly unicode_emoji: string | null
  readonly position: number
  readonly permissions: string
  readonly managed: boolean
  readonly mentionable: boolean
  /** The bot that this managed role came with. */
  readonly bot_id: string | null
  readonly flags: number
}

/** Fields of a guild that name a channel of its. */
export const NAMED_CHANNELS = [
  'afk_channel_id',
  'system_channel_id',
  'rules_channel_id',
  'public_updates_channel_id',
] as const satisfies readonly (keyof Guild)[]
export type NamedChannel = (typeof NAMED_CHANNELS)[number]

export const ChannelType = { TEXT: 0, DM: 1, VOICE: 2, GROUP_DM: 3, CATEGORY: 4, ANNOUNCEMENT: 5 } as const

export interface GuildChannel {
  readonly id: string
  readonly type: number
  readonly name: string
  readonly topic: string | null
  readonly position: number
  readonly nsfw: boolean
  /** Slow mode in seconds; 0: none. */
  readonly rate_limit_per_user: number
  readonly bitrate: number | null
  readonly user_limit: number | null
  readonly parent_id: string | null
  readonly permission_overwrites: readonly Overwrite[]
  readonly flags: number
  /** When the newest pin was made, whether it is still there or not. */
  readonly last_pin_timestamp: string | null
}

export interface Member {
  readonly user: User
  readonly nick: string | null
  readonly avatar: string | null
  readonly roles: readonly string[]
  readonly joined_at: string
  readonly deaf: boolean
  readonly mute: boolean
  readonly flags: number
  /** The end of a time-out, or null. May lie in the past. */
  readonly communication_disabled_until: string | null
}

/** Channels in which messages can be written. */
export const isTextual = (type: number): boolean =>
  type === ChannelType.TEXT || type === ChannelType.ANNOUNCEMENT || type === ChannelType.VOICE

/** Can a guild name a channel of this type there? */
export const isTypeFor = (field: NamedChannel, type: number): boolean =>
  field === 'afk_channel_id' ? type === ChannelType.VOICE : isTextual(type) && type !== ChannelType.VOICE
