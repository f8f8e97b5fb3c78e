import { type PresenceUpdate, readPresence } from '../presence-update.ts'

/** What nobody has chosen yet. */
export const DEFAULT_SETTINGS = {
  locale: 'en-US',
  theme: 'dark',
  status: 'online',
  custom_status: null,
  message_display_compact: false,
  developer_mode: false,
  animate_emoji: true,
  convert_emoticons: true,
  gif_auto_play: true,
  inline_attachment_media: true,
  inline_embed_media: true,
  render_embeds: true,
  render_reactions: true,
  enable_tts_command: true,
  show_current_game: true,
  explicit_content_filter: 1,
  afk_timeout: 600,
  timezone_offset: 0,
  default_guilds_restricted: false,
  restricted_guilds: [],
  guild_positions: [],
  guild_folders: [],
}

export interface UserSettings {
  readonly version: number
  /** What the user chose. */
  readonly settings: Readonly<Record<string, unknown>>
}

export const NO_SETTINGS: UserSettings = { version: 0, settings: {} }

export const userSettingsObject = ({ version, settings }: UserSettings) => ({
  ...DEFAULT_SETTINGS,
  ...settings,
  version,
})

interface CustomStatus {
  readonly text?: string | null
  readonly emoji_id?: string | null
  readonly emoji_name?: string | null
  readonly expires_at?: string | null
}

const CUSTOM_STATUS = { name: 'Custom Status', type: 4 }

/**
 * How a person's session begins that says nothing of itself: as he has chosen for all. undefined: he has not.
 * @param now ms since the Unix epoch
 */
export function chosenPresence({ settings }: UserSettings, now: number): PresenceUpdate | undefined {
  const { status, custom_status: custom } = settings as {
    status?: string
    custom_status?: CustomStatus | null
  }
  const shows = (custom?.text || custom?.emoji_name) && !(Date.parse(custom.expires_at ?? '') <= now)
  if (!status && !shows) return undefined
  const emoji = { id: custom?.emoji_id, name: custom?.emoji_name }
  return readPresence({ status, activities: shows ? [{ ...CUSTOM_STATUS, state: custom?.text, emoji }] : [] })
}
