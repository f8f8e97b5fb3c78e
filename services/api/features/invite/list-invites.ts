import { Type } from 'typebox'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { countMembers, type FoundInvite, listInvites } from './invite-lookup.ts'
import { inviteMetadata, inviteObject } from './invite-object.ts'

/** GET /guilds/{guild_id}/invites: who may only look at the audit log is not told how often they were used. */
export const listGuildInvites = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/invites',
    tag: 'invites',
    summary: 'Get guild invites',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake }) },
    handle: async ({ facts }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const { state, guildId, permissions } = scope.value
      const manages = has(permissions, Permission.MANAGE_GUILD)
      if (!manages && !has(permissions, Permission.VIEW_AUDIT_LOG)) return refuse('MISSING_PERMISSIONS')
      const invites = await listInvites(deps.database.db, state, { guildId })
      const members = await countMembers(deps.database.db, guildId)
      return ok(invites.map((found) => (manages ? withMetadata : inviteObject)(found, members)))
    },
  })

/** GET /channels/{channel_id}/invites */
export const listChannelInvites = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/channels/:channel_id/invites',
    tag: 'invites',
    summary: 'Get channel invites',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ channel_id: Snowflake }) },
    handle: async ({ params, facts }) => {
      const scope = await deps.scopes.guildChannel(facts)
      if (!scope.ok) return scope
      const { state, guildId, permissions } = scope.value
      if (!has(permissions, Permission.MANAGE_CHANNELS)) return refuse('MISSING_PERMISSIONS')
      const where = { guildId, channelId: params.channel_id }
      const members = await countMembers(deps.database.db, guildId)
      const invites = await listInvites(deps.database.db, state, where)
      return ok(invites.map((found) => withMetadata(found, members)))
    },
  })

const withMetadata = (found: FoundInvite, memberCount: number) => ({
  ...inviteObject(found, memberCount),
  ...inviteMetadata(found.invite),
})
