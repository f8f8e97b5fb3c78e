import { createHash } from 'node:crypto'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import { FormErrors } from '#shared/protocol/form-errors.ts'

/** What images are of, as the paths name it by which clients fetch them. */
export const IMAGE_KINDS = ['avatars', 'banners', 'icons', 'app-icons'] as const
export type ImageKind = (typeof IMAGE_KINDS)[number]

export const imageKey = (kind: ImageKind, ownerId: string, hash: string): string =>
  `images/${kind}/${ownerId}/${hash}`

/** By their first bytes, in hex: what clients say of them is often wrong (discord.js calls everything a JPEG). */
const TYPES: readonly (readonly [contentType: string, begins: RegExp])[] = [
  ['image/png', /^89504e470d0a1a0a/],
  ['image/jpeg', /^ffd8ff/],
  ['image/gif', /^47494638(37|39)61/],
  ['image/webp', /^52494646.{8}57454250/],
]
const LONGEST_BEGINNING = 12

interface Image {
  readonly bytes: Buffer
  readonly contentType: string
  /** Of the bytes; clients take a hash that begins with `a_` for an animation. */
  readonly hash: string
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
    const images: [ImageKind, Image][] = []
    for (const [field, [kind, uri]] of Object.entries(fields) as [F, (typeof fields)[F]][]) {
      if (uri == null) {
        if (uri === null) hashes[field] = null
        continue
      }
      const image = readImage(uri)
      if (!image) errors.at([field], 'IMAGE_INVALID', 'Not a PNG, JPEG, GIF or WebP image as a data URI.')
      else if (image.bytes.length > this.#mostBytes) {
        const message = `File cannot be larger than ${this.#mostBytes} bytes.`
        errors.at([field], 'BINARY_TYPE_MAX_SIZE', message)
      } else {
        hashes[field] = image.hash
        images.push([kind, image])
      }
    }
    if (!errors.isEmpty) return err({ code: 'form', errors })
    for (const [kind, { bytes, contentType, hash }] of images)
      await this.#blobs.put(imageKey(kind, ownerId, hash), bytes, contentType)
    return ok(hashes)
  }
}

function readImage(uri: string): Image | undefined {
  const data = /^data:[^,]{0,100};base64,/.exec(uri.slice(0, 200))?.[0]
  if (!data) return undefined
  const bytes = Buffer.from(uri.slice(data.length), 'base64')
  const beginning = bytes.toString('hex', 0, LONGEST_BEGINNING)
  const contentType = TYPES.find(([, begins]) => begins.test(beginning))?.[0]
  if (!contentType) return undefined
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
  return { bytes, contentType, hash: contentType === 'image/gif' ? `a_${hash}` : hash }
}
