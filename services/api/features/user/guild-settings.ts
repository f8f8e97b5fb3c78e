import { isDeepStrictEqual } from 'node:util'
import { type Static, Type } from 'typebox'
import { editedGuildSettings, type GuildSettings } from '#shared/domain/user/guild-settings.ts'
import { isSnowflake } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Nullable } from '#shared/platform/http/endpoint.ts'
import { guildSettingsObject } from '#shared/protocol/wire/guild-settings.ts'
import type { Tx } from '#shared/store/database.ts'
import { writeUsers } from '#shared/store/user-writer.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'

const MOST_OVERRIDES = 500
const OF_CONVERSATIONS = '0'

const flags = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const MUTE = {
  selected_time_window: Type.Optional(Nullable(Type.Integer({ minimum: -1, maximum: 31_536_000 }))),
  end_time: Type.Optional(Nullable(Type.String({ maxLength: 40 }))),
}
const OVERRIDE = {
  message_notifications: Type.Integer({ minimum: 0, maximum: 3 }),
  muted: Type.Boolean(),
  mute_config: Nullable(Type.Object(MUTE)),
  flags,
}
const Override = Type.Partial(Type.Object({ ...OVERRIDE, collapsed: Type.Boolean() }))
const FIELDS = {
  ...OVERRIDE,
  suppress_everyone: Type.Boolean(),
  suppress_roles: Type.Boolean(),
  mobile_push: Type.Boolean(),
  hide_muted_channels: Type.Boolean(),
  mute_scheduled_events: Type.Boolean(),
  notify_highlights: Type.Integer({ minimum: 0, maximum: 2 }),
}
const Body = Type.Partial(
  Type.Object({
    ...FIELDS,
    channel_overrides: Type.Unsafe<Record<string, Static<typeof Override>>>({
      type: 'object',
      additionalProperties: Override,
      maxProperties: MOST_OVERRIDES,
    }),
  }),
)

/**
 * PATCH /users/@me/guilds/{guild_id}/settings: what is left out stays; `@me`, of conversations. Where nothing changes
 * nothing is told.
 */
export const editGuildSettings = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/users/@me/guilds/:guild_id/settings',
    tag: 'users',
    summary: 'Modify user guild settings',
    access: 'verified',
    bucket: Buckets.write,
    schema: {
      params: Type.Object({ guild_id: Type.String({ pattern: '^([0-9]{1,19}|@me)$' }) }),
      body: Body,
    },
    handle: async ({ params, body, caller, facts }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const guildId = params.guild_id === '@me' ? null : params.guild_id
      const scope = guildId === null ? undefined : await deps.scopes.guild(facts)
      if (scope?.ok === false) return scope
      const unknown = Object.keys(body.channel_overrides ?? {}).find(
        (id) => !(scope ? scope.value.state.channels.has(id) : isSnowflake(id)),
      )
      if (unknown !== undefined)
        return refuseField(['channel_overrides', unknown], 'CHANNEL_INVALID', 'Unknown channel')
      const edit = chosen(body)
      const { db } = deps.database
      return toApi(
        await writeUsers(db, deps.appender, [caller.id], async (users): Promise<Result<object, ApiError>> => {
          const key = { user_id: caller.id, guild_id: guildId ?? OF_CONVERSATIONS }
          const before = await read(users.tx, key)
          const settings = editedGuildSettings(before.settings, edit)
          if (Object.keys(settings.channel_overrides ?? {}).length > MOST_OVERRIDES)
            return refuseField(['channel_overrides'], 'BASE_TYPE_MAX_LENGTH', 'These are too many channels.')
          const current = guildSettingsObject(guildId, before.version, before.settings)
          if (isDeepStrictEqual(guildSettingsObject(guildId, before.version, settings), current))
            return ok(current)
          const version = before.version + 1
          const row = { version, settings: JSON.stringify(settings) }
          await users.tx
            .insertInto('user_guild_settings')
            .values({ ...key, ...row })
            .onConflict((on) => on.columns(['user_id', 'guild_id']).doUpdateSet(row))
            .execute()
          const whole = guildSettingsObject(guildId, version, settings)
          await users.emit(caller.id, 'USER_GUILD_SETTINGS_UPDATE', whole)
          return ok(whole)
        }),
      )
    },
  })

/** Of a body and its overrides, the fields that there are: others are passed over. */
function chosen({ channel_overrides = {}, ...body }: Static<typeof Body>): GuildSettings {
  return {
    ...only(FIELDS, body),
    channel_overrides: Object.fromEntries(
      Object.entries(channel_overrides).map(([id, override]) => [id, only(Override.properties, override)]),
    ),
  }
}

function only<T extends object>(fields: object, given: T): T {
  const found = Object.entries(given).filter(([key]) => Object.hasOwn(fields, key))
  return Object.fromEntries(
    found.map(([key, value]) => [key, key === 'mute_config' && value ? only(MUTE, value) : value]),
  ) as T
}

async function read(tx: Tx, { user_id, guild_id }: { user_id: string; guild_id: string }) {
  const row = await tx
    .selectFrom('user_guild_settings')
    .select(['version', 'settings'])
    .where('user_id', '=', user_id)
    .where('guild_id', '=', guild_id)
    .executeTakeFirst()
  return { version: row?.version ?? 0, settings: (row?.settings ?? {}) as GuildSettings }
}
