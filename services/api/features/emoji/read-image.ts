import { MOST_EMOJI_BYTES } from '#shared/domain/guild/emoji.ts'
import { type EmojiImage, emojiImage } from '#shared/domain/guild/emoji-image.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuseField } from '#shared/platform/http/api-error.ts'

const DATA_URI = /^data:image\/(?:png|jpeg|jpg|gif|webp|avif);base64,([A-Za-z0-9+/]+={0,2})$/

/** The picture in a data URI; its kind is what the bytes show, whatever the URI calls it. */
export function readImage(uri: string): Result<EmojiImage & { readonly bytes: Buffer }, ApiError> {
  const bytes = Buffer.from(DATA_URI.exec(uri)?.[1] ?? '', 'base64')
  const image = emojiImage(bytes)
  if (!image) return refuseField(['image'], 'IMAGE_INVALID', 'Invalid image data')
  if (bytes.length > MOST_EMOJI_BYTES)
    return refuseField(['image'], 'BINARY_TYPE_MAX_SIZE', 'File cannot be larger than 256.0 kb.')
  return ok({ ...image, bytes })
}
