import type { Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import type { Db } from '#shared/store/database.ts'
import type { NotAppended } from '#shared/store/outbox-appender.ts'

/** What a write under the locks of users may end in, as an answer. */
export function toUserApi<T>(
  result: Result<T, ApiError | NotAppended | { readonly code: 'unknown_user' }>,
): Result<T, ApiError> {
  if (result.ok) return result
  if (result.error.code === 'not_appended') return refuse('OVERLOADED')
  if (result.error.code === 'unknown_user') return refuse('UNKNOWN_USER')
  return { ok: false, error: result.error }
}

export const isUser = async (db: Db, id: string): Promise<boolean> =>
  (await db.selectFrom('users').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
