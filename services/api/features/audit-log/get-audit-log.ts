import { Type } from 'typebox'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { auditEntryObject } from '#shared/protocol/wire/audit-log.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import { readAuditLog } from '#shared/store/audit-log.ts'
import { readUsers } from '#shared/store/users.ts'
import type { ApiDeps } from '../../deps.ts'
import { readInteger } from '../../query.ts'

/** GET /guilds/{guild_id}/audit-logs: newest first, with `after` alone oldest first; with the users they name. */
export const getAuditLog = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/audit-logs',
    tag: 'audit log',
    summary: 'Get guild audit log',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      params: Type.Object({ guild_id: Snowflake }),
      query: Type.Object({
        user_id: Type.Optional(Snowflake),
        target_id: Type.Optional(Snowflake),
        action_type: Type.Optional(Type.String()),
        before: Type.Optional(Snowflake),
        after: Type.Optional(Snowflake),
        limit: Type.Optional(Type.String()),
      }),
    },
    handle: async ({ params, query, facts }) => {
      const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: 100, otherwise: 50 })
      if (!limit.ok) return limit
      const action = readInteger(query.action_type, 'action_type', {
        minimum: 1,
        maximum: 1_000,
        otherwise: 0,
      })
      if (!action.ok) return action
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      if (!has(scope.value.permissions, Permission.VIEW_AUDIT_LOG)) return refuse('MISSING_PERMISSIONS')
      const { db } = deps.database
      const entries = await readAuditLog(db, params.guild_id, {
        userId: query.user_id,
        targetId: query.target_id,
        actionType: action.value || undefined,
        before: query.before,
        after: query.after,
        limit: limit.value,
      })
      const named = new Set(entries.flatMap(({ user_id, target_id }) => [user_id, target_id ?? user_id]))
      return ok({
        audit_log_entries: entries.map(auditEntryObject),
        users: (await readUsers(db, [...named])).map(userObject),
        integrations: [],
        webhooks: [],
        guild_scheduled_events: [],
        threads: [],
        application_commands: [],
        auto_moderation_rules: [],
      })
    },
  })
