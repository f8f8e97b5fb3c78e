import { err, type Result } from '#shared/kernel/result.ts'
import { ErrorCode, type ErrorName } from '#shared/protocol/error-codes.ts'
import { FormErrors, type FormPath } from '#shared/protocol/form-errors.ts'

/** An expected refusal of a request: a code of the catalogue, or what is wrong with its fields. */
export type ApiError =
  | { readonly code: ErrorName; readonly retryAfterSeconds?: number; readonly more?: object }
  | { readonly code: 'form'; readonly errors: FormErrors }

/** @param more fields of the body that the code has besides */
export const refuse = (code: ErrorName, retryAfterSeconds?: number, more?: object) =>
  err<ApiError>({
    code,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(more && { more }),
  })

/** One wrong field. */
export function refuseField(path: FormPath, code: string, message: string) {
  const errors = new FormErrors()
  errors.at(path, code, message)
  return err<ApiError>({ code: 'form', errors })
}

/** What a part of the request came to; wrong fields are told by where they are in the whole. */
export const ofPart = <T>(path: FormPath, result: Result<T, ApiError>): Result<T, ApiError> =>
  !result.ok && result.error.code === 'form'
    ? err({ code: 'form', errors: result.error.errors.below(path) })
    : result

/** Status and body of the answer that tells of an error. */
export function answerTo(error: ApiError): {
  status: number
  body: object
  retryAfterSeconds: number | undefined
} {
  if (error.code === 'form') return { status: 400, body: error.errors.body(), retryAfterSeconds: undefined }
  const { status, message, code } = ErrorCode[error.code]
  const retryAfterSeconds = error.retryAfterSeconds ?? (status === 503 ? 1 : undefined)
  return {
    status,
    retryAfterSeconds,
    body: {
      code,
      message,
      ...(status === 429 || status === 202 ? { retry_after: retryAfterSeconds ?? 1 } : {}),
      ...(status === 429 ? { global: false } : {}),
      ...error.more,
    },
  }
}
