import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'

/** DELETE /guilds/{guild_id}: the owner only. */
export const deleteGuild = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/guilds/:guild_id',
    tag: 'guilds',
    summary: 'Delete guild',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params: Type.Object({ guild_id: Snowflake }) },
    handle: async ({ params, facts, caller }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          if (tx.state.guild?.owner_id !== caller.id) return refuse('MISSING_PERMISSIONS')
          await tx.loadAllMembers()
          await tx.emit({
            type: 'GUILD_DELETE',
            changes: [{ kind: 'guild', id: params.guild_id, value: null }],
            d: { id: params.guild_id },
          })
          return ok(undefined)
        }),
      )
    },
  })
