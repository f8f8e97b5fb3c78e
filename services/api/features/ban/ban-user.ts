import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { noteMessageDeletion } from '#shared/store/message-deletions.ts'
import { readUsers } from '#shared/store/users.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { readInteger } from '../../query.ts'
import { toApi } from '../../relational-refusals.ts'
import { ban, bannerIn, MOST_SECONDS } from './ban.ts'

const DAY = 24 * 3_600

/** PUT /guilds/{guild_id}/bans/{user_id}: whoever has an account can be banned, a member or not. */
export const banUser = (deps: ApiDeps) =>
  endpoint({
    method: 'PUT',
    path: '/guilds/:guild_id/bans/:user_id',
    tag: 'bans',
    summary: 'Create guild ban',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: {
      params: Type.Object({ guild_id: Snowflake, user_id: Snowflake }),
      query: Type.Object({ delete_message_seconds: Type.Optional(Type.String()) }),
      body: Type.Object({
        delete_message_seconds: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: MOST_SECONDS }))),
        /** Of older clients. */
        delete_message_days: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 7 }))),
      }),
    },
    handle: async (request) => {
      const { params, body, query, facts, caller } = request
      // discord.py says it there, and has no body.
      const asked = readInteger(query.delete_message_seconds, 'delete_message_seconds', {
        minimum: 0,
        maximum: MOST_SECONDS,
        otherwise: 0,
      })
      if (!asked.ok) return asked
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const days = body.delete_message_days ?? undefined
      const seconds = body.delete_message_seconds ?? (days === undefined ? asked.value : days * DAY)
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          const actor = await bannerIn(tx, caller.id, facts.now)
          if (!actor.ok) return actor
          const [user] = await readUsers(tx.tx, [params.user_id])
          if (!user) return refuse('UNKNOWN_USER')
          const banned = await ban(tx, actor.value, user, auditActor(request))
          if (!banned.ok) return banned
          const job = { id: facts.newId, guildId: params.guild_id, userIds: [user.id], seconds }
          await noteMessageDeletion(tx.tx, { ...job, now: facts.now })
          return ok(undefined)
        }),
      )
    },
  })
