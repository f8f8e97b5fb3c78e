import type { Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import type { Attempt, CreateAttempts } from '#shared/store/create-attempts.ts'
import { type RelationalRefusal, toApi } from './relational-refusals.ts'

/**
 * A create in Postgres, whose transaction notes the attempt (`noteIn`). Before it is answered 503, or throws, the
 * note is made to count, so that an identical repeat takes its id over [OUT-6].
 */
export async function createOnce<T>(
  attempts: CreateAttempts,
  note: Attempt | null,
  create: () => Promise<Result<T, ApiError | RelationalRefusal>>,
): Promise<Result<T, ApiError>> {
  try {
    const result = await create()
    if (note && result.ok) await attempts.forget(note)
    if (note && !result.ok && result.error.code === 'not_appended') await attempts.remember(note)
    return toApi(result)
  } catch (error) {
    if (note) await attempts.remember(note)
    throw error
  }
}
