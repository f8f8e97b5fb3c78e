import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import type { AuthDeps } from '../deps.ts'

/** GET /auth/sessions: where one is logged in, newest first. When a login was last used is not kept. */
export const listSessions = (deps: AuthDeps) =>
  endpoint({
    method: 'GET',
    path: '/auth/sessions',
    tag: 'accounts',
    summary: 'Get sessions',
    access: 'verified',
    bucket: Buckets.accounts,
    schema: {},
    handle: async ({ caller }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const rows = await deps.database.db
        .selectFrom('tokens')
        .select(['hash', 'user_agent', 'created_at'])
        .where('user_id', '=', caller.id)
        .orderBy('created_at', 'desc')
        .execute()
      return ok({
        user_sessions: rows.map(({ hash, user_agent, created_at }) => ({
          id_hash: hash.toString('base64url'),
          approx_last_used_time: timestamp(created_at.getTime()),
          client_info: { os: null, platform: user_agent, location: null },
        })),
      })
    },
  })

/** POST /auth/sessions/logout: ends logins, and the gateway sessions that used them. Those there are not are passed over. */
export const logOutSessions = (deps: AuthDeps) =>
  endpoint({
    method: 'POST',
    path: '/auth/sessions/logout',
    tag: 'accounts',
    summary: 'Log out sessions',
    access: 'verified',
    bucket: Buckets.accounts,
    success: 204,
    schema: {
      body: Type.Object({
        session_id_hashes: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 100 }),
      }),
    },
    handle: async ({ body, caller }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const ended = await deps.database.db
        .deleteFrom('tokens')
        .where('user_id', '=', caller.id)
        .where(
          'hash',
          'in',
          body.session_id_hashes.map((id) => Buffer.from(id, 'base64url')),
        )
        .returning('hash')
        .execute()
      for (const { hash } of ended)
        deps.bus.publish('token_revoked', { user_id: caller.id, hash: hash.toString('hex') })
      return ok(undefined)
    },
  })
