import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { findInvite } from './invite-lookup.ts'
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
    schema: { params: Type.Object({ code: Type.String() }) },
    handle: async ({ params }) => {
      const found = await findInvite(deps.database.db, params.code)
      return found
        ? ok(inviteObject(found.invite, found.state, found.inviter, found.memberCount))
        : refuse('UNKNOWN_INVITE')
    },
  })
