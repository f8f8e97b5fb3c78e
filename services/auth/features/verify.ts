import { Type } from 'typebox'
import { err, ok } from '#shared/kernel/result.ts'
import { refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { hashToken, newToken } from '#shared/protocol/tokens.ts'
import { writeUsers } from '#shared/store/user-writer.ts'
import type { AuthDeps } from '../deps.ts'
import { findEmailToken, redeemEmailToken } from '../email-tokens.ts'
import { queueConfirmation } from '../queue-confirmation.ts'

const UNUSABLE = err({ code: 'unusable' as const })
const RESEND_AFTER_MS = 60_000

/** POST /auth/verify: confirms the address; the token of the mail works once. */
export const verify = (deps: AuthDeps) =>
  endpoint({
    method: 'POST',
    path: '/auth/verify',
    tag: 'accounts',
    summary: 'Confirm e-mail address',
    access: 'anyone',
    bucket: Buckets.accounts,
    isSecret: true,
    schema: { body: Type.Object({ token: Type.String({ minLength: 1, maxLength: 200 }) }) },
    handle: async ({ body, userAgent }) => {
      const now = deps.clock.now()
      const userId = await findEmailToken(deps.database.db, body.token, 'verify', now)
      if (!userId) return refuseField(['token'], 'TOKEN_INVALID', 'Invalid token.')
      const token = newToken(userId)
      const { db } = deps.database
      const updated = await writeUsers(db, deps.appender, [userId], async (users) => {
        if (!(await redeemEmailToken(users.tx, body.token, 'verify', now))) return UNUSABLE
        await users.tx
          .insertInto('tokens')
          .values({
            hash: hashToken(token),
            user_id: userId,
            user_agent: userAgent?.slice(0, 300) ?? null,
          })
          .execute()
        return ok(await users.update(userId, { verified: true }))
      }).catch(addressTaken)
      if (updated.ok) return ok({ user_id: userId, token })
      if (updated.error.code === 'not_appended') return refuse('OVERLOADED')
      return refuseField(['token'], 'TOKEN_INVALID', 'Invalid token.')
    },
  })

/** Another account confirmed the same address before. */
function addressTaken(error: { constraint?: string }): typeof UNUSABLE {
  if (error.constraint === 'users_email') return UNUSABLE
  throw error
}

/** POST /auth/verify/resend: at most one a minute, and so many to an address; more often is answered alike and sends nothing. */
export const resendVerification = (deps: AuthDeps) =>
  endpoint({
    method: 'POST',
    path: '/auth/verify/resend',
    tag: 'accounts',
    summary: 'Send the confirmation mail again',
    access: 'account',
    bucket: Buckets.accounts,
    success: 204,
    schema: {},
    handle: async ({ caller }) => {
      const { email } = caller
      if (caller.bot || caller.verified || email === null) return ok(undefined)
      const now = deps.clock.now()
      await deps.database.db.transaction().execute(async (tx) => {
        await tx.selectFrom('users').select('id').where('id', '=', caller.id).forUpdate().executeTakeFirst()
        const recent = await tx
          .selectFrom('email_tokens')
          .select('hash')
          .where('user_id', '=', caller.id)
          .where('purpose', '=', 'verify')
          .where('created_at', '>', new Date(now - RESEND_AFTER_MS))
          .executeTakeFirst()
        if (recent || !(await deps.limits.mayMail('verify', email))) return
        const account = { id: caller.id, username: caller.username, email }
        await queueConfirmation(tx, account, deps.publicUrl(), now)
      })
      deps.mails.notify()
      return ok(undefined)
    },
  })
