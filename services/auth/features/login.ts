import { Type } from 'typebox'
import { err, ok } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Nullable } from '#shared/platform/http/endpoint.ts'
import { FormErrors } from '#shared/protocol/form-errors.ts'
import { hashToken, newToken } from '#shared/protocol/tokens.ts'
import type { AuthDeps } from '../deps.ts'

/** POST /auth/login: by confirmed address or user name. Unknown account and wrong password are answered alike. */
export const login = (deps: AuthDeps) =>
  endpoint({
    method: 'POST',
    path: '/auth/login',
    tag: 'accounts',
    summary: 'Log in',
    access: 'anyone',
    bucket: Buckets.accounts,
    isSecret: true,
    schema: {
      body: Type.Object({
        login: Type.String({ minLength: 1, maxLength: 254 }),
        password: Type.String({ minLength: 1, maxLength: 256 }),
        undelete: Type.Optional(Nullable(Type.Boolean())),
      }),
    },
    handle: async ({ body, network, userAgent }) => {
      const wanted = body.login.trim().toLowerCase()
      const wait = await deps.limits.waitToLogIn(network, wanted)
      if (wait > 0) return refuse('TOO_MANY_REQUESTS', wait)
      const account = await deps.database.db
        .selectFrom('users')
        .innerJoin('credentials', 'credentials.user_id', 'users.id')
        .select(['users.id', 'users.locale', 'credentials.password_hash'])
        .where((on) =>
          on.or([
            on.and([on(on.fn('lower', ['users.email']), '=', wanted), on('users.verified', '=', true)]),
            on(on.fn('lower', ['users.username']), '=', wanted),
          ]),
        )
        .where('users.bot', '=', false)
        .executeTakeFirst()
      const matches = await deps.hasher.verify(account?.password_hash, body.password)
      if (!matches.ok) return refuse('OVERLOADED')
      if (!account || !matches.value) return invalidLogin()
      const token = newToken(account.id)
      await deps.database.db
        .insertInto('tokens')
        .values({ hash: hashToken(token), user_id: account.id, user_agent: userAgent?.slice(0, 300) ?? null })
        .execute()
      return ok({ user_id: account.id, token, user_settings: { locale: account.locale, theme: 'dark' } })
    },
  })

/** POST /auth/logout: ends this login and the gateway sessions that used it. */
export const logout = (deps: AuthDeps) =>
  endpoint({
    method: 'POST',
    path: '/auth/logout',
    tag: 'accounts',
    summary: 'Log out',
    access: 'account',
    bucket: Buckets.accounts,
    success: 204,
    schema: {},
    handle: async ({ caller, tokenHash }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      await deps.database.db.deleteFrom('tokens').where('hash', '=', tokenHash).execute()
      deps.bus.publish('token_revoked', { user_id: caller.id, hash: tokenHash.toString('hex') })
      return ok(undefined)
    },
  })

function invalidLogin() {
  const errors = new FormErrors()
  for (const field of ['login', 'password'])
    errors.at([field], 'INVALID_LOGIN', 'Login or password is invalid.')
  return err<ApiError>({ code: 'form', errors })
}
