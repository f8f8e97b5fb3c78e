interface MuteConfig {
  readonly selected_time_window?: number | null
  readonly end_time?: string | null
}

/** What somebody chose for one channel, in the wire's words. */
export interface ChannelOverride {
  readonly message_notifications?: number
  readonly muted?: boolean
  readonly mute_config?: MuteConfig | null
  readonly collapsed?: boolean
  readonly flags?: number
}

/** What somebody chose for a guild, or for all conversations: how he wants to hear of it. */
export interface GuildSettings {
  readonly message_notifications?: number
  readonly muted?: boolean
  readonly mute_config?: MuteConfig | null
  readonly suppress_everyone?: boolean
  readonly suppress_roles?: boolean
  readonly mobile_push?: boolean
  readonly hide_muted_channels?: boolean
  readonly mute_scheduled_events?: boolean
  readonly notify_highlights?: number
  readonly flags?: number
  /** By channel. */
  readonly channel_overrides?: Readonly<Record<string, ChannelOverride>>
}

/** The settings after an edit: what it does not name stays, also within the overrides of a channel. */
export function editedGuildSettings(before: GuildSettings, edit: GuildSettings): GuildSettings {
  const overrides = { ...before.channel_overrides }
  for (const [id, override] of Object.entries(edit.channel_overrides ?? {}))
    overrides[id] = { ...overrides[id], ...override }
  return { ...before, ...edit, channel_overrides: overrides }
}
