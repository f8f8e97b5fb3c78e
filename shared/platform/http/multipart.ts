import type { FastifyRequest } from 'fastify'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { ErrorName } from '#shared/protocol/error-codes.ts'
import { parseLossless } from '#shared/protocol/lossless-json.ts'

export interface UploadedFile {
  /** n of the part `files[n]`: matched with `attachments[].id`. Other part names count from the end. */
  readonly index: number
  readonly filename: string
  readonly contentType: string
  readonly bytes: Buffer
}

export interface Form {
  readonly body: unknown
  readonly files: readonly UploadedFile[]
}

const MOST_FILES = 10

/** JSON in `payload_json` (or plain fields), files in `files[n]`, n from anywhere: libraries differ. */
export async function readForm(request: FastifyRequest): Promise<Result<Form, { code: ErrorName }>> {
  const files: UploadedFile[] = []
  const fields: Record<string, unknown> = {}
  let payload: unknown
  try {
    for await (const part of request.parts({ isPartAFile })) {
      const bytes = part.type === 'file' ? await part.toBuffer() : undefined
      if (part.type === 'field' || isJsonField(part.mimetype, part.filename)) {
        const text = part.type === 'field' ? String(part.value) : String(bytes)
        if (part.fieldname !== 'payload_json') {
          fields[part.fieldname] = text
          continue
        }
        const parsed = parseLossless(text)
        if (!parsed.ok) return err({ code: 'INVALID_JSON' })
        payload = parsed.value
        continue
      }
      if (files.length >= MOST_FILES) return err({ code: 'TOO_MANY_ATTACHMENTS' })
      const number = /^files?\[(\d{1,4})\]$/.exec(part.fieldname)?.[1]
      files.push({
        index: number === undefined ? files.length : Number(number),
        filename: part.filename || 'file',
        contentType: part.mimetype,
        bytes: bytes as Buffer,
      })
    }
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    if (code === 'FST_REQ_FILE_TOO_LARGE') return err({ code: 'REQUEST_TOO_LARGE' })
    if (code.startsWith('FST_')) return err({ code: 'REQUEST_TOO_LARGE' })
    return err({ code: 'INVALID_FILE' })
  }
  return ok({ body: payload ?? fields, files })
}

/** The plugin parses fields of this type itself and loses digits: they are taken as they came [HTTP-3]. */
const isJsonField = (contentType: string | undefined, filename: string | undefined): boolean =>
  filename === undefined && contentType === 'application/json'

const isPartAFile = (_field: string | undefined, contentType: string | undefined, filename?: string): boolean =>
  filename !== undefined ||
  contentType === 'application/octet-stream' ||
  isJsonField(contentType, filename)
