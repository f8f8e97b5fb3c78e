import { type Static, Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { memberObject } from '#shared/protocol/wire/guild.ts'
import type { ApiDeps } from '../../deps.ts'
import { changeMember } from './change-member.ts'

const schema = {
  params: Type.Object({ guild_id: Snowflake }),
  body: Type.Object({ nick: Type.Optional(Nullable(Type.String({ maxLength: 32 }))) }),
}

const editOf = ({ nick }: Static<typeof schema.body>) => (nick === undefined ? {} : { nick })

/** PATCH /guilds/{guild_id}/members/@me */
export const editOwnMember = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/guilds/:guild_id/members/@me',
    tag: 'members',
    summary: 'Modify current member',
    access: 'verified',
    bucket: Buckets.write,
    schema,
    handle: async (request) => {
      const changed = await changeMember(deps, request, request.caller.id, editOf(request.body))
      return changed.ok ? ok(memberObject(changed.value)) : changed
    },
  })

/** PATCH /guilds/{guild_id}/members/@me/nick: the same under its older name. */
export const editOwnNick = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/guilds/:guild_id/members/@me/nick',
    tag: 'members',
    summary: 'Modify current user nick',
    access: 'verified',
    bucket: Buckets.write,
    schema,
    handle: async (request) => {
      const changed = await changeMember(deps, request, request.caller.id, editOf(request.body))
      return changed.ok ? ok({ nick: changed.value.nick }) : changed
    },
  })
