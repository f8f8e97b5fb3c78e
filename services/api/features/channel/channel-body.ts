import { type Static, Type } from 'typebox'
import { ChannelType, type GuildChannel } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { formatPermissions, parsePermissions } from '#shared/domain/permissions/flags.ts'
import { canOverwrite } from '#shared/domain/permissions/hierarchy.ts'
import type { Overwrite } from '#shared/domain/permissions/overwrites.ts'
import { visibleName } from '#shared/domain/visible-name.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, ImageField, Nullable } from '#shared/platform/http/endpoint.ts'

const Permissions = Type.Optional(
  Nullable(Type.Unsafe<string | number>({ type: ['string', 'integer'], maxLength: 20 })),
)

export const OverwriteBody = Type.Object({
  id: BodySnowflake,
  type: Type.Integer({ minimum: 0, maximum: 1 }),
  allow: Permissions,
  deny: Permissions,
})

export const MOST_OVERWRITES = 500

const fields = {
  topic: Type.Optional(Nullable(Type.String({ maxLength: 1024 }))),
  position: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 100_000 }))),
  nsfw: Type.Optional(Nullable(Type.Boolean())),
  rate_limit_per_user: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 21_600 }))),
  bitrate: Type.Optional(Nullable(Type.Integer({ minimum: 8_000, maximum: 384_000 }))),
  user_limit: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 99 }))),
  parent_id: Type.Optional(Nullable(BodySnowflake)),
  permission_overwrites: Type.Optional(Nullable(Type.Array(OverwriteBody, { maxItems: MOST_OVERWRITES }))),
}

export const CreateChannelBody = Type.Object({
  ...fields,
  name: Type.String({ minLength: 1, maxLength: 100 }),
  type: Type.Optional(Nullable(Type.Integer({ enum: [0, 2, 4, 5] }))),
})

export const EditChannelBody = Type.Object({
  ...fields,
  /** Texts may become announcements, and the other way round. */
  type: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 100 }))),
  /** Groups may be without. */
  name: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
  /** Of groups only. */
  icon: ImageField,
  /** Of groups only: whom its owner passes it on to. */
  owner: Type.Optional(Nullable(BodySnowflake)),
})

type Fields = Static<typeof EditChannelBody>

const MOST_CHILDREN = 50

const childrenOf = ({ channels }: GuildState, id: string): number =>
  [...channels.values()].filter(({ parent_id }) => parent_id === id).length

/** The channel with what the body says. `grantable`: what the actor may allow and deny in its overwrites. */
export function withFields(
  state: GuildState,
  channel: GuildChannel,
  body: Fields,
  grantable: bigint,
): Result<GuildChannel, ApiError> {
  const type = body.type ?? channel.type
  if (type !== channel.type && !(isWritten(type) && isWritten(channel.type)))
    return refuseField(['type'], 'BASE_TYPE_CHOICES', 'The channel cannot become one of this type.')
  const parentId = body.parent_id == null ? body.parent_id : String(body.parent_id)
  if (parentId != null) {
    const parent = state.channels.get(parentId)
    if (parent?.type !== ChannelType.CATEGORY || channel.type === ChannelType.CATEGORY) {
      return refuseField(
        ['parent_id'],
        'CHANNEL_PARENT_INVALID',
        'The parent is not a category of this guild.',
      )
    }
  }
  if (parentId != null && parentId !== channel.parent_id && childrenOf(state, parentId) >= MOST_CHILDREN)
    return refuseField(
      ['parent_id'],
      'CHANNEL_PARENT_MAX_CHANNELS',
      `Maximum number of channels in category reached (${MOST_CHILDREN})`,
    )
  const overwrites = readOverwrites(channel.permission_overwrites, body.permission_overwrites, grantable)
  if (!overwrites.ok) return overwrites
  const name = body.name == null ? channel.name : channelName(body.name, type)
  if (name === '') return refuseField(['name'], 'BASE_TYPE_REQUIRED', 'This field is required')
  return ok({
    ...channel,
    type,
    name,
    topic: body.topic === undefined ? channel.topic : body.topic || null,
    position: body.position ?? channel.position,
    nsfw: body.nsfw ?? channel.nsfw,
    rate_limit_per_user: body.rate_limit_per_user ?? channel.rate_limit_per_user,
    bitrate: channel.type === ChannelType.VOICE ? (body.bitrate ?? channel.bitrate) : null,
    user_limit: channel.type === ChannelType.VOICE ? (body.user_limit ?? channel.user_limit) : null,
    parent_id: parentId === undefined ? channel.parent_id : parentId,
    permission_overwrites: overwrites.value,
  })
}

const isWritten = (type: number): boolean => type === ChannelType.TEXT || type === ChannelType.ANNOUNCEMENT

/** Text channels are lower case without blanks, as clients show them after a #. */
function channelName(name: string, type: number): string {
  const trimmed = visibleName(name)
  if (!isWritten(type)) return trimmed
  return trimmed.toLowerCase().replace(/\s+/g, '-')
}

function readOverwrites(
  before: readonly Overwrite[],
  body: readonly Static<typeof OverwriteBody>[] | null | undefined,
  grantable: bigint,
): Result<readonly Overwrite[], ApiError> {
  if (body == null) return ok(before)
  const overwrites: Overwrite[] = []
  for (const [index, entry] of body.entries()) {
    const read = readOverwrite(entry)
    if (!read)
      return refuseField(
        ['permission_overwrites', index],
        'BASE_TYPE_BAD_STRING',
        'Permissions are decimal strings.',
      )
    overwrites.push(read)
  }
  // Of two for the same the last counts, so it is the one that is looked at.
  const byId = (list: readonly Overwrite[]) => new Map(list.map((overwrite) => [overwrite.id, overwrite]))
  const [was, is] = [byId(before), byId(overwrites)]
  for (const id of new Set([...was.keys(), ...is.keys()]))
    if (!mayReplace(grantable, was.get(id), is.get(id))) return refuse('MISSING_PERMISSIONS')
  return ok([...is.values()])
}

export function readOverwrite(entry: Static<typeof OverwriteBody>): Overwrite | undefined {
  const allow = parsePermissions(entry.allow ?? '0')
  const deny = parsePermissions(entry.deny ?? '0')
  if (allow === undefined || deny === undefined) return undefined
  return {
    id: String(entry.id),
    type: entry.type as 0 | 1,
    allow: formatPermissions(allow),
    deny: formatPermissions(deny),
  }
}

/** Overwrites change only in flags that the actor may allow and deny there. */
export function mayReplace(
  grantable: bigint,
  before: Overwrite | undefined,
  after: Overwrite | undefined,
): boolean {
  const bits = (overwrite: Overwrite | undefined) => ({
    allow: BigInt(overwrite?.allow ?? 0),
    deny: BigInt(overwrite?.deny ?? 0),
  })
  return canOverwrite(grantable, bits(after), bits(before))
}
