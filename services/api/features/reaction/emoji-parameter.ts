import { isSnowflake } from '#shared/kernel/ids.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import { customEmojiId, isUnicodeEmoji } from '#shared/protocol/wire/emoji.ts'

/** The emoji of a reaction's path, as a key: unicode, or `name:id` of a custom one, by whatever name. */
export function readEmoji(parameter: string): Result<string, ApiError> {
  const id = customEmojiId(parameter)
  const known = id === undefined ? isUnicodeEmoji(parameter) : isSnowflake(id)
  return known ? ok(parameter) : err({ code: 'UNKNOWN_EMOJI' })
}
