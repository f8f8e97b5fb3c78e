import { visibleName } from '#shared/domain/visible-name.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuseField } from '#shared/platform/http/api-error.ts'

const LEAST = 2

/** A name without what nobody sees of it, of which there is enough left: the schema has counted those too. */
export function readName(name: string): Result<string, ApiError> {
  const trimmed = visibleName(name)
  return trimmed.length < LEAST
    ? refuseField(['name'], 'BASE_TYPE_MIN_LENGTH', `Must be ${LEAST} or more in length.`)
    : ok(trimmed)
}
