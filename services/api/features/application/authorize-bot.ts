import { Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import { AuditAction } from '#shared/domain/guild/audit-log.ts'
import type { Role } from '#shared/domain/guild/entities.ts'
import { formatPermissions, has, Permission, parsePermissions } from '#shared/domain/permissions/flags.ts'
import { canGrant } from '#shared/domain/permissions/hierarchy.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { roleObject } from '#shared/protocol/wire/guild.ts'
import { isBanned } from '#shared/store/bans.ts'
import { USER_COLUMNS, userFromRow } from '#shared/store/entity-rows.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { memberAddition, newMember } from '../member/member-update.ts'
import { MOST_ROLES } from '../role/new-role.ts'

/** POST /oauth2/authorize?client_id=…: adds an application's bot to a guild that the caller manages. */
export const authorizeBot = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/oauth2/authorize',
    tag: 'applications',
    summary: 'Add a bot to a guild',
    access: 'verified',
    bucket: Buckets.creations,
    schema: {
      query: Type.Object({ client_id: Snowflake, scope: Type.Optional(Type.String({ maxLength: 500 })) }),
      body: Type.Object({
        guild_id: BodySnowflake,
        permissions: Type.Optional(
          Nullable(Type.Unsafe<string | number>({ type: ['string', 'integer'], maxLength: 20 })),
        ),
        authorize: Type.Optional(Type.Boolean()),
      }),
    },
    handle: async (request) => {
      const { query, body, caller, facts } = request
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      if (body.authorize === false) return ok({ location: '' })
      const permissions = parsePermissions(body.permissions ?? '0')
      if (permissions === undefined)
        return refuseField(['permissions'], 'BASE_TYPE_BAD_STRING', 'Permissions are a decimal string.')
      const { db } = deps.database
      const application = await db
        .selectFrom('applications')
        .selectAll()
        .where('id', '=', query.client_id)
        .executeTakeFirst()
      if (!application?.bot_id) return refuse('UNKNOWN_APPLICATION')
      if (!application.bot_public && application.owner_id !== caller.id) return refuse('MISSING_ACCESS')
      const guildId = String(body.guild_id)
      const bot = userFromRow(
        await db
          .selectFrom('users')
          .select(USER_COLUMNS)
          .where('users.id', '=', application.bot_id)
          .executeTakeFirstOrThrow(),
      )
      return toApi(
        await deps.guilds.write(guildId, async (tx) => {
          const actor = await tx.member(caller.id)
          if (!actor) return refuse('MISSING_ACCESS')
          const own = guildPermissions(tx.state, actor, facts.now)
          if (!has(own, Permission.MANAGE_GUILD)) return refuse('MISSING_PERMISSIONS')
          if (!canGrant(own, permissions)) return refuse('MISSING_PERMISSIONS')
          if (await tx.member(bot.id)) return ok({ location: '' })
          if (await isBanned(tx.tx, guildId, bot.id)) return refuse('BANNED')
          if (permissions !== 0n && tx.state.roles.size >= MOST_ROLES) return refuse('TOO_MANY_ROLES')
          const roles: string[] = []
          if (permissions !== 0n) {
            const [roleId] = (await tx.newIds(1)) as [string]
            const role = botRole(roleId, application.name, bot.id, permissions)
            await tx.emit({
              type: 'GUILD_ROLE_CREATE',
              changes: [{ kind: 'role', id: roleId, value: role }],
              d: { guild_id: guildId, role: roleObject(role) },
            })
            roles.push(roleId)
          }
          await tx.emit(memberAddition(guildId, { ...newMember(bot, timestamp(facts.now)), roles }))
          await tx.audit(auditActor(request), [{ action_type: AuditAction.BOT_ADD, target_id: bot.id }])
          return ok({ location: '' })
        }),
      )
    },
  })

/** The managed role through which a bot has what it was authorised for. */
const botRole = (id: string, name: string, botId: string, permissions: bigint): Role => ({
  id,
  name,
  color: 0,
  hoist: false,
  icon: null,
  unicode_emoji: null,
  position: 1,
  permissions: formatPermissions(permissions),
  managed: true,
  mentionable: false,
  bot_id: botId,
  flags: 0,
})
