import type { Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import type { EventTooLarge } from '#shared/store/decided.ts'
import type { NotAppended } from '#shared/store/outbox-appender.ts'

export type RelationalRefusal =
  | NotAppended
  | EventTooLarge
  | { readonly code: 'unknown_guild' }
  | { readonly code: 'unknown_user' }
  | { readonly code: 'unknown_conversation' }

/** What a relational write may end in, as an answer. */
export function toApi<T>(result: Result<T, ApiError | RelationalRefusal>): Result<T, ApiError> {
  if (result.ok) return result
  if (result.error.code === 'not_appended') return refuse('OVERLOADED')
  if (result.error.code === 'event_too_large') return refuse('REQUEST_TOO_LARGE')
  if (result.error.code === 'unknown_guild') return refuse('UNKNOWN_GUILD')
  if (result.error.code === 'unknown_user') return refuse('UNKNOWN_USER')
  if (result.error.code === 'unknown_conversation') return refuse('UNKNOWN_CHANNEL')
  return { ok: false, error: result.error }
}
