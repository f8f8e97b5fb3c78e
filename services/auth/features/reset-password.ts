import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { hashToken, newToken } from '#shared/protocol/tokens.ts'
import type { AuthDeps } from '../deps.ts'
import { findEmailToken, redeemEmailToken } from '../email-tokens.ts'
import { isPassword, PASSWORD_RULE } from '../password-hasher.ts'

/** POST /auth/forgot: mails a link, if there is such an account; whether there is, nobody is told. */
export const forgotPassword = (deps: AuthDeps) =>
  endpoint({
    method: 'POST',
    path: '/auth/forgot',
    tag: 'accounts',
    summary: 'Ask for a new password',
    access: 'anyone',
    bucket: Buckets.accounts,
    success: 204,
    schema: { body: Type.Object({ login: Type.String({ minLength: 1, maxLength: 254 }) }) },
    handle: async ({ body }) => ok(await deps.resets.note(body.login.trim().toLowerCase())),
  })

/** POST /auth/reset: the new password; whatever was logged in with the old one is not any more. */
export const resetPassword = (deps: AuthDeps) =>
  endpoint({
    method: 'POST',
    path: '/auth/reset',
    tag: 'accounts',
    summary: 'Choose a new password',
    access: 'anyone',
    bucket: Buckets.accounts,
    isSecret: true,
    schema: {
      body: Type.Object({
        token: Type.String({ minLength: 1, maxLength: 200 }),
        password: Type.String({ maxLength: 256 }),
      }),
    },
    handle: async ({ body, userAgent }) => {
      if (!isPassword(body.password)) return refuseField(['password'], ...PASSWORD_RULE)
      const { db } = deps.database
      const now = deps.clock.now()
      const userId = await findEmailToken(db, body.token, 'reset', now)
      if (!userId) return refuseField(['token'], 'TOKEN_INVALID', 'Invalid token.')
      const hashed = await deps.hasher.hash(body.password)
      if (!hashed.ok) return refuse('OVERLOADED')
      const token = newToken(userId)
      const ended = await db.transaction().execute(async (tx) => {
        if (!(await redeemEmailToken(tx, body.token, 'reset', now))) return undefined
        await tx
          .updateTable('credentials')
          .set({ password_hash: hashed.value })
          .where('user_id', '=', userId)
          .execute()
        const rows = await tx.deleteFrom('tokens').where('user_id', '=', userId).returning('hash').execute()
        await tx
          .insertInto('tokens')
          .values({ hash: hashToken(token), user_id: userId, user_agent: userAgent?.slice(0, 300) ?? null })
          .execute()
        return rows
      })
      if (!ended) return refuseField(['token'], 'TOKEN_INVALID', 'Invalid token.')
      for (const { hash } of ended)
        deps.bus.publish('token_revoked', { user_id: userId, hash: hash.toString('hex') })
      return ok({ token })
    },
  })
