import { createHash } from 'node:crypto'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import { FormErrors } from '#shared/protocol/form-errors.ts'
import { type ImageType, imageType } from './image-type.ts'

/** What images are of, as the paths name it by which clients fetch them. */
export const IMAGE_KINDS = [
  'avatars',
  'banners',
  'icons',
  'role-icons',
  'channel-icons',
  'app-icons',
] as const
export type ImageKind = (typeof IMAGE_KINDS)[number]

export const imageKey = (kind: ImageKind, ownerId: string, hash: string): string =>
  `images/${kind}/${ownerId}/${hash}`

export interface Image extends ImageType {
  readonly bytes: Buffer
}

/** undefined: not a data URI of an image. */
export function readImage(uri: string): Image | undefined {
  const data = /^data:[^,]{0,100};base64,/.exec(uri.slice(0, 200))?.[0]
  if (!data) return undefined
  const bytes = Buffer.from(uri.slice(data.length), 'base64')
  const type = imageType(bytes)
  return type && { ...type, bytes }
}

/** Avatars, icons and banners: kept as they come, under a hash that is the value of their field. */
export class Images {
  readonly #blobs: BlobStore
  readonly #mostBytes: number

  constructor(options: { blobs: BlobStore; mostBytes: number }) {
    this.#blobs = options.blobs
    this.#mostBytes = options.mostBytes
  }

  /**
   * Puts the images of a body's fields, data URIs, into the store. What a field had before stays there, since messages
   * of that time name it.
   * @returns the hashes; null removes, and fields that were left out are not there
   */
  async keep<F extends string>(
    ownerId: string,
    fields: Readonly<Record<F, readonly [ImageKind, string | null | undefined]>>,
  ): Promise<Result<{ [K in F]?: string | null }, ApiError>> {
    const errors = new FormErrors()
    const hashes: { [K in F]?: string | null } = {}
    const images: [key: string, Image][] = []
    for (const [field, [kind, uri]] of Object.entries(fields) as [F, (typeof fields)[F]][]) {
      if (uri == null) {
        if (uri === null) hashes[field] = null
        continue
      }
      const image = readImage(uri)
      if (!image)
        errors.at([field], 'IMAGE_INVALID', 'Not a PNG, JPEG, GIF, WebP or AVIF image as a data URI.')
      else if (image.bytes.length > this.#mostBytes) {
        const message = `File cannot be larger than ${this.#mostBytes} bytes.`
        errors.at([field], 'BINARY_TYPE_MAX_SIZE', message)
      } else {
        const hash = hashOf(image)
        hashes[field] = hash
        images.push([imageKey(kind, ownerId, hash), image])
      }
    }
    if (!errors.isEmpty) return err({ code: 'form', errors })
    for (const [key, { bytes, contentType }] of images) await this.#blobs.put(key, bytes, contentType)
    return ok(hashes)
  }
}

/** Of the bytes; clients ask for an animation when it begins with `a_`. */
function hashOf({ bytes, animated }: Image): string {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
  return animated ? `a_${hash}` : hash
}
