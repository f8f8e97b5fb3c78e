import { type Static, Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import {
  ChannelType,
  type Guild,
  type GuildChannel,
  type Member,
  type Role,
} from '#shared/domain/guild/entities.ts'
import { type GuildState, NO_GUILD } from '#shared/domain/guild/guild-state.ts'
import { EVERYONE_DEFAULT, formatPermissions } from '#shared/domain/permissions/flags.ts'
import { BucketMap } from '#shared/kernel/bucket-map.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, ofPart, refuseField } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Nullable } from '#shared/platform/http/endpoint.ts'
import { CreateChannelBody } from '../channel/channel-body.ts'
import { blankChannel, MOST_CHANNELS, newChannel } from '../channel/new-channel.ts'
import { MOST_ROLES, newRole } from '../role/new-role.ts'
import { RoleBody, withBody } from '../role/roles.ts'
import { EditGuildBody, readNamedChannels } from './guild-body.ts'

/** What roles and channels of one body name each other by: each has got an id of its own when it is made. */
const placeholder = { id: Type.Optional(Nullable(BodySnowflake)) }
const listOf = <T extends Parameters<typeof Type.Object>[0]>(fields: T, maxItems: number) =>
  Type.Optional(Nullable(Type.Array(Type.Object({ ...fields, ...placeholder }), { maxItems })))

export const StructureBody = Type.Object({
  roles: listOf(RoleBody.properties, MOST_ROLES),
  channels: listOf(CreateChannelBody.properties, MOST_CHANNELS),
  afk_channel_id: EditGuildBody.properties.afk_channel_id,
  system_channel_id: EditGuildBody.properties.system_channel_id,
})

type Body = Static<typeof StructureBody>
type ChannelFields = NonNullable<Body['channels']>[number]
type RealIds = ReadonlyMap<string, string>

/** How many ids `newStructure` needs besides the guild's. */
export const countNewIds = ({ roles, channels }: Body): number =>
  Math.max((roles?.length ?? 0) - 1, 0) + (channels?.length || 2)

/**
 * The guild with its owner and with the roles and channels of the body. The first of `roles` changes @everyone, each of
 * the others ranks above the one before. `channels` come instead of a category with a "general" text channel, in the
 * order of the list whatever their `position`, categories before what is in them. Empty lists count as none: libraries
 * send them.
 */
export function newStructure(
  guild: Guild,
  owner: Member,
  body: Body,
  ids: readonly string[],
  now: number,
): Result<GuildState, ApiError> {
  const roleBodies = body.roles ?? []
  const channelBodies = body.channels ?? []
  const roles = new Map([[guild.id, everyoneRole(guild.id)]])
  const channels = new Map<string, GuildChannel>()
  const members = BucketMap.from([[owner.user.id, owner]])
  const state: GuildState = { ...NO_GUILD, guild, roles, channels, members }

  const roleIds = [guild.id, ...ids.slice(0, Math.max(roleBodies.length - 1, 0))]
  const ofRoles = realIds('roles', roleBodies, roleIds)
  if (!ofRoles.ok) return ofRoles
  for (const [n, fields] of roleBodies.entries()) {
    const id = roleIds[n] as string
    const everyone = roles.get(id)
    const made = everyone
      ? withBody(state, owner, everyone, { ...fields, name: null }, now)
      : newRole(state, owner, { id, position: n }, fields, now)
    if (!made.ok) return ofPart(['roles', n], made)
    roles.set(id, made.value)
  }

  const channelIds = ids.slice(roleIds.length - 1)
  const ofChannels = realIds('channels', channelBodies, channelIds)
  if (!ofChannels.ok) return ofChannels
  if (channelBodies.length === 0) {
    const [category, general] = channelIds as [string, string]
    channels.set(category, blankChannel(category, ChannelType.CATEGORY, 'Text Channels', null))
    channels.set(general, blankChannel(general, ChannelType.TEXT, 'general', category))
  }
  const own = guildPermissions(state, owner, now)
  for (const [n, fields] of channelBodies.entries()) {
    const real = withRealIds(fields, ofRoles.value, ofChannels.value)
    const made = real.ok ? newChannel(state, channelIds[n] as string, real.value, own) : real
    if (!made.ok) return ofPart(['channels', n], made)
    channels.set(made.value.id, made.value)
  }

  const named = readNamedChannels(state, {
    afk_channel_id: realId(ofChannels.value, body.afk_channel_id),
    system_channel_id: realId(ofChannels.value, body.system_channel_id),
  })
  if (!named.ok) return named
  const system_channel_id = channelBodies.length > 0 ? null : (channelIds[1] as string)
  return ok({ ...state, guild: { ...guild, system_channel_id, ...named.value } })
}

function realIds(
  list: 'roles' | 'channels',
  bodies: readonly { id?: string | number | null }[],
  ids: readonly string[],
): Result<RealIds, ApiError> {
  const real = new Map<string, string>()
  for (const [n, { id }] of bodies.entries()) {
    if (id == null) continue
    if (real.has(String(id)))
      return refuseField([list, n, 'id'], 'SET_TYPE_UNIQUE', 'Another one has this id.')
    real.set(String(id), ids[n] as string)
  }
  return ok(real)
}

/** Of what there is not, an id that nothing has. */
const realId = <T extends null | undefined>(ids: RealIds, id: string | number | T): string | T =>
  id == null ? (id as T) : (ids.get(String(id)) ?? '')

/** Overwrites of members name people, as everywhere. */
function withRealIds(
  { permission_overwrites: overwrites, ...fields }: ChannelFields,
  roles: RealIds,
  channels: RealIds,
): Result<ChannelFields, ApiError> {
  const real = { ...fields, position: null, parent_id: realId(channels, fields.parent_id) }
  if (overwrites == null) return ok(real)
  const wrong = overwrites.findIndex(({ id, type }) => type === 0 && !roles.has(String(id)))
  if (wrong >= 0)
    return refuseField(
      ['permission_overwrites', wrong, 'id'],
      'ROLE_INVALID',
      'Not the id of one of the roles.',
    )
  const named = overwrites.map((one) => ({
    ...one,
    id: one.type === 0 ? realId<never>(roles, one.id) : one.id,
  }))
  return ok({ ...real, permission_overwrites: named })
}

const everyoneRole = (guildId: string): Role => ({
  id: guildId,
  name: '@everyone',
  color: 0,
  hoist: false,
  icon: null,
  unicode_emoji: null,
  position: 0,
  permissions: formatPermissions(EVERYONE_DEFAULT),
  managed: false,
  mentionable: false,
  bot_id: null,
  flags: 0,
})
