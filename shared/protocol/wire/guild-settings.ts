import type { GuildSettings } from '#shared/domain/user/guild-settings.ts'

/** As the guild itself says. */
const UNSET = 3

/** One's settings for a guild; null: for conversations. What was never chosen is as a new member has it. */
export const guildSettingsObject = (
  guildId: string | null,
  version: number,
  { channel_overrides = {}, ...settings }: GuildSettings,
) => ({
  guild_id: guildId,
  version,
  message_notifications: UNSET,
  muted: false,
  mute_config: null,
  suppress_everyone: false,
  suppress_roles: false,
  mobile_push: true,
  hide_muted_channels: false,
  mute_scheduled_events: false,
  notify_highlights: 0,
  flags: 0,
  ...settings,
  channel_overrides: Object.entries(channel_overrides).map(([channel_id, override]) => ({
    channel_id,
    message_notifications: UNSET,
    muted: false,
    mute_config: null,
    collapsed: false,
    flags: 0,
    ...override,
  })),
})
