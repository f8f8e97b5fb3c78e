import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { removeMember } from '../member/member-removal.ts'

/** DELETE /users/@me/guilds/{guild_id}; the owner must hand the guild over or delete it. */
export const leaveGuild = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/users/@me/guilds/:guild_id',
    tag: 'users',
    summary: 'Leave guild',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params: Type.Object({ guild_id: Snowflake }) },
    handle: async ({ params, facts, caller }) => {
      if (!facts.guild?.member) return refuse('UNKNOWN_GUILD')
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          const member = await tx.member(caller.id)
          if (!member) return refuse('UNKNOWN_GUILD')
          if (tx.state.guild?.owner_id === caller.id) return refuse('MISSING_PERMISSIONS')
          await removeMember(tx, member)
          return ok(undefined)
        }),
      )
    },
  })
