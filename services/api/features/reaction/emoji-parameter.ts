import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import { isUnicodeEmoji } from '#shared/protocol/wire/emoji.ts'

/** The emoji of a reaction's path: unicode, or `name:id` of a custom one (which does not exist yet here). */
export function readEmoji(parameter: string): Result<string, ApiError> {
  return isUnicodeEmoji(parameter) ? ok(parameter) : err({ code: 'UNKNOWN_EMOJI' })
}
