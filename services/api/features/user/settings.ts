import { type Static, Type } from 'typebox'
import Value from 'typebox/value'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Nullable } from '#shared/platform/http/endpoint.ts'
import { DEFAULT_SETTINGS, userSettingsObject } from '#shared/protocol/wire/user-settings.ts'
import { readUserSettings } from '#shared/store/user-settings.ts'
import { writeUsers } from '#shared/store/user-writer.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'

const ids = (maxItems: number) => Type.Array(BodySnowflake, { maxItems })
const FIELDS = {
  locale: Type.String({ maxLength: 16 }),
  theme: Type.String({ enum: ['dark', 'light'] }),
  status: Type.String({ enum: ['online', 'idle', 'dnd', 'invisible'] }),
  custom_status: Nullable(
    Type.Object({
      text: Type.Optional(Nullable(Type.String({ maxLength: 128 }))),
      emoji_id: Type.Optional(Nullable(BodySnowflake)),
      emoji_name: Type.Optional(Nullable(Type.String({ maxLength: 64 }))),
      expires_at: Type.Optional(Nullable(Type.String({ maxLength: 40 }))),
    }),
  ),
  message_display_compact: Type.Boolean(),
  developer_mode: Type.Boolean(),
  animate_emoji: Type.Boolean(),
  convert_emoticons: Type.Boolean(),
  gif_auto_play: Type.Boolean(),
  inline_attachment_media: Type.Boolean(),
  inline_embed_media: Type.Boolean(),
  render_embeds: Type.Boolean(),
  render_reactions: Type.Boolean(),
  enable_tts_command: Type.Boolean(),
  show_current_game: Type.Boolean(),
  explicit_content_filter: Type.Integer({ minimum: 0, maximum: 2 }),
  afk_timeout: Type.Integer({ minimum: 60, maximum: 600 }),
  timezone_offset: Type.Integer({ minimum: -1_440, maximum: 1_440 }),
  default_guilds_restricted: Type.Boolean(),
  restricted_guilds: ids(200),
  guild_positions: ids(200),
  guild_folders: Type.Array(
    Type.Object({
      id: Type.Optional(Nullable(Type.Integer())),
      name: Type.Optional(Nullable(Type.String({ maxLength: 32 }))),
      color: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 0xffffff }))),
      guild_ids: ids(200),
    }),
    { maxItems: 200 },
  ),
}
const SettingsBody = Type.Partial(Type.Object(FIELDS))
type Settings = Static<typeof SettingsBody>
DEFAULT_SETTINGS satisfies Required<Settings>

/** GET /users/@me/settings: 204 to who names the version that he has already, as `version`. */
export const getSettings = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/users/@me/settings',
    tag: 'users',
    summary: 'Get user settings',
    access: 'verified',
    bucket: Buckets.read,
    schema: { query: Type.Object({ version: Type.Optional(Type.String({ pattern: '^[0-9]{1,9}$' })) }) },
    handle: async ({ query, caller }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const kept = await readUserSettings(deps.database.db, caller.id)
      return ok(query.version === String(kept.version) ? undefined : userSettingsObject(kept))
    },
  })

/**
 * PATCH /users/@me/settings: what is left out stays; where nothing changes the version stays too. What is no setting,
 * at whatever depth, is passed over.
 */
export const editSettings = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/users/@me/settings',
    tag: 'users',
    summary: 'Modify user settings',
    access: 'verified',
    bucket: Buckets.write,
    schema: { body: SettingsBody },
    handle: async ({ body, caller }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const given = Value.Clean(SettingsBody, body) as Settings
      return toApi(
        await writeUsers(deps.database.db, deps.appender, [caller.id], async (users) => {
          const before = await readUserSettings(users.tx, caller.id)
          const settings = { ...before.settings, ...given }
          if (JSON.stringify(settings) === JSON.stringify(before.settings))
            return ok(userSettingsObject(before))
          const version = before.version + 1
          const row = { version, settings: JSON.stringify(settings) }
          await users.tx
            .insertInto('user_settings')
            .values({ user_id: caller.id, ...row })
            .onConflict((on) => on.column('user_id').doUpdateSet(row))
            .execute()
          const whole = userSettingsObject({ settings, version })
          await users.emit(caller.id, 'USER_SETTINGS_UPDATE', whole)
          return ok(whole)
        }),
      )
    },
  })
