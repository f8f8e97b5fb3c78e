import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { noteMessageDeletion } from '#shared/store/message-deletions.ts'
import { readUsers } from '#shared/store/users.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { ban, bannerIn, MOST_SECONDS } from './ban.ts'

const MOST_USERS = 200

/**
 * POST /guilds/{guild_id}/bulk-ban: in one transaction. Those who do not exist, stand too high or are banned already
 * are named as failed.
 */
export const bulkBan = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/guilds/:guild_id/bulk-ban',
    tag: 'bans',
    summary: 'Bulk guild ban',
    access: 'verified',
    bucket: Buckets.write,
    schema: {
      params: Type.Object({ guild_id: Snowflake }),
      body: Type.Object({
        user_ids: Type.Array(BodySnowflake, { minItems: 1, maxItems: MOST_USERS }),
        delete_message_seconds: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: MOST_SECONDS }))),
      }),
    },
    handle: async (request) => {
      const { params, body, facts, caller } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const wanted = body.user_ids.map(String)
      if (new Set(wanted).size !== wanted.length)
        return refuseField(['user_ids'], 'SET_TYPE_UNIQUE', 'Items must be unique.')
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          const flags = Permission.BAN_MEMBERS | Permission.MANAGE_GUILD
          const actor = await bannerIn(tx, caller.id, facts.now, flags)
          if (!actor.ok) return actor
          const banned: string[] = []
          for (const user of await readUsers(tx.tx, wanted)) {
            const done = await ban(tx, actor.value, user, auditActor(request))
            if (done.ok && done.value) banned.push(user.id)
          }
          if (banned.length === 0) return refuse('NOBODY_BANNED')
          const seconds = body.delete_message_seconds ?? 0
          const job = { id: facts.newId, guildId: params.guild_id, userIds: banned, seconds }
          await noteMessageDeletion(tx.tx, { ...job, now: facts.now })
          return ok({ banned_users: banned, failed_users: wanted.filter((id) => !banned.includes(id)) })
        }),
      )
    },
  })
