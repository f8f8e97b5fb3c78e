import type { Endpoint } from '#shared/platform/http/endpoint.ts'
import type { AuthDeps } from './deps.ts'
import { login, logout } from './features/login.ts'
import { register } from './features/register.ts'
import { forgotPassword, resetPassword } from './features/reset-password.ts'
import { listSessions, logOutSessions } from './features/sessions.ts'
import { resendVerification, verify } from './features/verify.ts'

/** Every endpoint of the auth service. */
export const authRoutes = (deps: AuthDeps): Endpoint[] => [
  register(deps),
  verify(deps),
  resendVerification(deps),
  login(deps),
  logout(deps),
  forgotPassword(deps),
  resetPassword(deps),
  listSessions(deps),
  logOutSessions(deps),
]
