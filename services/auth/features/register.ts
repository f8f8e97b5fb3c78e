import { Type } from 'typebox'
import { isUsername } from '#shared/domain/user/username.ts'
import { visibleName } from '#shared/domain/visible-name.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Nullable } from '#shared/platform/http/endpoint.ts'
import { FormErrors } from '#shared/protocol/form-errors.ts'
import { hashToken, newToken } from '#shared/protocol/tokens.ts'
import { newIds } from '#shared/store/guild-store.ts'
import type { AuthDeps } from '../deps.ts'
import { isPassword, PASSWORD_RULE } from '../password-hasher.ts'
import { queueConfirmation } from '../queue-confirmation.ts'

const UNIQUE_VIOLATION = '23505'
const EMAIL = /^[^\s@<>"',;:\\[\]()]{1,64}@[^\s@<>"',;:\\[\]()]{1,189}\.[^\s@<>"',;:\\[\]().]{2,63}$/

interface Fields {
  readonly username: string
  readonly email: string
  readonly password: string
  readonly consent: boolean
}

/**
 * POST /auth/register: the account's first token; it serves for little until the address is confirmed. Neither the
 * answer nor its time tells whether the address is known: only where addresses are not confirmed, a known one is
 * refused.
 */
export const register = (deps: AuthDeps) =>
  endpoint({
    method: 'POST',
    path: '/auth/register',
    tag: 'accounts',
    summary: 'Register',
    access: 'anyone',
    bucket: Buckets.accounts,
    success: 201,
    isSecret: true,
    schema: {
      body: Type.Object({
        username: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
        global_name: Type.Optional(Nullable(Type.String({ maxLength: 32 }))),
        email: Type.String({ maxLength: 254 }),
        password: Type.String({ maxLength: 256 }),
        date_of_birth: Type.Optional(
          Nullable(Type.String({ pattern: '^(?!0000)\\d{4}-\\d{2}-\\d{2}$', format: 'date' })),
        ),
        consent: Type.Optional(Type.Boolean()),
        invite: Type.Optional(Nullable(Type.String({ maxLength: 64 }))),
        fingerprint: Type.Optional(Nullable(Type.String({ maxLength: 200 }))),
      }),
    },
    handle: async ({ body, userAgent }) => {
      const username = (body.username ?? body.global_name ?? '').trim().toLowerCase()
      const fields = check({
        username,
        email: body.email.trim(),
        password: body.password,
        consent: body.consent ?? true,
      })
      if (!fields.ok) return fields
      const passwordHash = await deps.hasher.hash(body.password)
      if (!passwordHash.ok) return refuse('OVERLOADED')
      const [id] = (await newIds(deps.database.db, 1)) as [string]
      const token = newToken(id)
      const confirmed = deps.emailConfirmation === 'off'
      const now = deps.clock.now()
      try {
        await deps.database.db.transaction().execute(async (tx) => {
          await tx
            .insertInto('users')
            .values({
              id,
              username,
              email: fields.value.email,
              verified: confirmed,
              global_name: visibleName(body.global_name ?? '') || null,
            })
            .execute()
          await tx
            .insertInto('credentials')
            .values({
              user_id: id,
              password_hash: passwordHash.value,
              date_of_birth: body.date_of_birth ?? null,
            })
            .execute()
          await tx
            .insertInto('tokens')
            .values({ hash: hashToken(token), user_id: id, user_agent: userAgent?.slice(0, 300) ?? null })
            .execute()
          const { email } = fields.value
          // Who gets none asks for one again, an hour later.
          if (confirmed || !(await deps.limits.mayMail('verify', email))) return
          await queueConfirmation(tx, { id, username, email }, deps.publicUrl(), now)
        })
      } catch (error) {
        const taken = takenField(error)
        if (taken) return taken
        throw error
      }
      deps.mails.notify()
      return ok({ token, show_verification_form: !confirmed })
    },
  })

function check(fields: Fields): Result<Fields, ApiError> {
  const errors = new FormErrors()
  if (!isUsername(fields.username)) {
    errors.at(
      ['username'],
      'USERNAME_INVALID',
      'Usernames have 2 to 32 letters, digits, dots and underscores.',
    )
  }
  if (!EMAIL.test(fields.email))
    errors.at(['email'], 'EMAIL_TYPE_INVALID_EMAIL', 'Not a well formed email address.')
  if (!isPassword(fields.password)) errors.at(['password'], ...PASSWORD_RULE)
  if (!fields.consent) errors.at(['consent'], 'CONSENT_REQUIRED', 'Registration needs your consent.')
  return errors.isEmpty ? ok(fields) : err({ code: 'form', errors })
}

function takenField(error: unknown): Result<never, ApiError> | undefined {
  const { code, constraint } = error as { code?: string; constraint?: string }
  if (code !== UNIQUE_VIOLATION) return undefined
  const errors = new FormErrors()
  if (constraint === 'users_email')
    errors.at(['email'], 'EMAIL_ALREADY_REGISTERED', 'Email is already registered.')
  else errors.at(['username'], 'USERNAME_ALREADY_TAKEN', 'This username is taken.')
  return err({ code: 'form', errors })
}
