import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuseField } from '#shared/platform/http/api-error.ts'

/** An integer of the query string within bounds. */
export function readInteger(
  text: string | undefined,
  name: string,
  { minimum, maximum, otherwise }: { minimum: number; maximum: number; otherwise: number },
): Result<number, ApiError> {
  if (text === undefined) return ok(otherwise)
  if (!/^-?\d{1,15}$/.test(text))
    return refuseField([name], 'NUMBER_TYPE_COERCE', `Value "${text.slice(0, 50)}" is not int.`)
  const value = Number(text)
  if (value < minimum)
    return refuseField([name], 'NUMBER_TYPE_MIN', `int value should be greater than or equal to ${minimum}.`)
  if (value > maximum)
    return refuseField([name], 'NUMBER_TYPE_MAX', `int value should be less than or equal to ${maximum}.`)
  return ok(value)
}

/** A switch of the query string, in one of the ways in which libraries write it. */
export const readFlag = (text: string | undefined): boolean => /^(true|1)$/i.test(text ?? '')
