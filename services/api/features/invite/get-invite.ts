import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { readFlag } from '../../query.ts'
import { memberCounts } from '../guild/member-counts.ts'
import { countMembers, findInvite } from './invite-lookup.ts'
import { inviteObject } from './invite-object.ts'

/** GET /invites/{code}: a preview for everybody who has the code. */
export const getInvite = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/invites/:code',
    tag: 'invites',
    summary: 'Get invite',
    access: 'anyone',
    bucket: Buckets.read,
    schema: {
      params: Type.Object({ code: Type.String() }),
      query: Type.Object({ with_counts: Type.Optional(Type.String()) }),
    },
    handle: async ({ params, query }) => {
      const found = await findInvite(deps.database.db, params.code)
      if (!found) return refuse('UNKNOWN_INVITE')
      const { guild_id } = found.invite
      const counts = readFlag(query.with_counts)
        ? (await memberCounts(deps, [guild_id])).get(guild_id)
        : undefined
      const members = counts?.approximate_member_count ?? (await countMembers(deps.database.db, guild_id))
      return ok({ ...inviteObject(found, members), ...counts })
    },
  })
