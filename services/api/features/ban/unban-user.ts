import { Type } from 'typebox'
import { AuditAction } from '#shared/domain/guild/audit-log.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { readBans } from '#shared/store/bans.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { bannerIn, banObject } from './ban.ts'

/** DELETE /guilds/{guild_id}/bans/{user_id} */
export const unbanUser = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/guilds/:guild_id/bans/:user_id',
    tag: 'bans',
    summary: 'Remove guild ban',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params: Type.Object({ guild_id: Snowflake, user_id: Snowflake }) },
    handle: async (request) => {
      const { params, facts, caller } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          const actor = await bannerIn(tx, caller.id, facts.now)
          if (!actor.ok) return actor
          const [ban] = await readBans(tx.tx, params.guild_id, { userId: params.user_id, limit: 1 })
          if (!ban) return refuse('UNKNOWN_BAN')
          await tx.tx
            .deleteFrom('bans')
            .where('guild_id', '=', params.guild_id)
            .where('user_id', '=', params.user_id)
            .execute()
          await tx.emit({
            type: 'GUILD_BAN_REMOVE',
            changes: [],
            userId: params.user_id,
            d: { guild_id: params.guild_id, user: banObject(ban).user },
          })
          await tx.audit(auditActor(request), [
            { action_type: AuditAction.MEMBER_BAN_REMOVE, target_id: params.user_id },
          ])
          return ok(undefined)
        }),
      )
    },
  })
