import { createHash } from 'node:crypto'
import { ok, type Result } from '#shared/kernel/result.ts'
import type { KeptAnswers, KeyedRequest } from '#shared/ports/kept-answers.ts'
import { type ApiError, answerTo, refuse, refuseField } from './api-error.ts'

/** What a success says. `text` is JSON; null: a 204. */
export interface Given {
  readonly status: number
  readonly text: string | null
  /** It was given to an earlier request, and this one has done nothing. */
  readonly isRepeat?: true
}

/** 1 to 255 printable characters of ASCII. */
const KEY = /^[\x20-\x7e]{1,255}$/

/** The hash by which requests of one caller with one key are known. @returns undefined: that is no key */
export function keyHash(method: string, path: string, key: string): Buffer | undefined {
  return KEY.test(key) ? createHash('sha256').update(`${method} ${path}\n${key}`).digest() : undefined
}

export const refuseKey = () =>
  refuseField(['Idempotency-Key'], 'BASE_TYPE_BAD_LENGTH', 'Must be 1 to 255 printable characters.')

/**
 * Carries a request out unless one with its key was answered already: then the answer is that one [HTTP-7].
 *
 * @param perform is given the id of a request with this key that was cut off, to take it over
 */
export async function answerOnce(
  kept: KeptAnswers,
  request: KeyedRequest,
  perform: (attemptedId: string | null) => Promise<Result<Given, ApiError>>,
): Promise<Result<Given, ApiError>> {
  const claim = await kept.claim(request)
  switch (claim.kind) {
    case 'answered':
      return ok({ status: claim.status, text: claim.answer, isRepeat: true })
    case 'other_body':
      return refuse('KEY_OF_ANOTHER_BODY')
    case 'under_way':
      return refuse('KEY_IN_USE', 1)
    case 'unknown':
      return refuse('KEY_IN_USE')
    case 'claimed':
  }
  let isKnown = false
  try {
    const result = await perform(claim.id === request.id ? null : claim.id)
    isKnown = result.ok || answerTo(result.error).status < 500
    if (result.ok) await kept.keep(request, { status: result.value.status, answer: result.value.text })
    else if (isKnown) await kept.forget(request)
    return result
  } finally {
    if (!isKnown) await kept.release(request)
  }
}
