import { type Static, Type } from 'typebox'
import type { MemberEdit } from '#shared/domain/guild/edit-member.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuseField } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { memberObject } from '#shared/protocol/wire/guild.ts'
import type { ApiDeps } from '../../deps.ts'
import { changeMember } from './change-member.ts'

const optional = <T extends Parameters<typeof Nullable>[0]>(schema: T) => Type.Optional(Nullable(schema))

const MemberBody = Type.Object({
  nick: optional(Type.String({ maxLength: 32 })),
  roles: optional(Type.Array(BodySnowflake, { maxItems: 350 })),
  communication_disabled_until: optional(Type.String({ format: 'date-time' })),
  flags: optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })),
  mute: optional(Type.Boolean()),
  deaf: optional(Type.Boolean()),
  channel_id: optional(BodySnowflake),
})

/** PATCH /guilds/{guild_id}/members/{user_id} */
export const editMember = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/guilds/:guild_id/members/:user_id',
    tag: 'members',
    summary: 'Modify guild member',
    access: 'verified',
    bucket: Buckets.write,
    schema: { params: Type.Object({ guild_id: Snowflake, user_id: Snowflake }), body: MemberBody },
    handle: async (request) => {
      const { params, body } = request
      const edit = readEdit(body)
      if (!edit.ok) return edit
      const changed = await changeMember(deps, request, params.user_id, edit.value)
      return changed.ok ? ok(memberObject(changed.value)) : changed
    },
  })

/** null resets a nickname, roles and a time-out, disconnects from voice, and leaves everything else as it is. */
function readEdit(body: Static<typeof MemberBody>): Result<MemberEdit, ApiError> {
  const { communication_disabled_until: until, channel_id, roles, nick } = body
  const end = until == null ? null : Date.parse(until)
  if (Number.isNaN(end))
    return refuseField(
      ['communication_disabled_until'],
      'DATE_TIME_TYPE_PARSE',
      'Could not parse value. Should be ISO8601.',
    )
  return ok({
    ...(nick === undefined ? {} : { nick }),
    ...(roles === undefined ? {} : { roles: (roles ?? []).map(String) }),
    ...(until === undefined ? {} : { communication_disabled_until: end === null ? null : timestamp(end) }),
    ...(body.flags == null ? {} : { flags: body.flags }),
    ...(body.mute == null ? {} : { mute: body.mute }),
    ...(body.deaf == null ? {} : { deaf: body.deaf }),
    ...(channel_id === undefined ? {} : { channel_id: channel_id === null ? null : String(channel_id) }),
  })
}
