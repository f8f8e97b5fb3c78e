import type { FastifyRequest } from 'fastify'
import { MOST_FILE_BYTES, MOST_FILES } from '#shared/domain/message/upload-limits.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { ErrorName } from '#shared/protocol/error-codes.ts'
import { isStorable, parseLossless } from '#shared/protocol/lossless-json.ts'
import { JSON_LIMIT } from './body-parsers.ts'

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

/** JSON in `payload_json` (or plain fields), files in `files[n]`, n from anywhere: libraries differ. */
export async function readForm(request: FastifyRequest): Promise<Result<Form, { code: ErrorName }>> {
  const files: UploadedFile[] = []
  const fields: Record<string, unknown> = {}
  let payload: string | undefined
  let total = 0
  try {
    for await (const part of request.parts({ isPartAFile })) {
      if (part.type === 'field' || isJsonField(part.mimetype, part.filename)) {
        const text = String(part.type === 'field' ? part.value : await part.toBuffer())
        if (text.length > JSON_LIMIT) return err({ code: 'REQUEST_TOO_LARGE' })
        if (!isStorable(part.fieldname + text)) return err({ code: 'INVALID_FORM_BODY' })
        if (part.fieldname === 'payload_json') payload = text
        else fields[part.fieldname] = text
        continue
      }
      const bytes = await part.toBuffer()
      total += bytes.length
      if (total > MOST_FILE_BYTES) return err({ code: 'REQUEST_TOO_LARGE' })
      if (files.length >= MOST_FILES) return err({ code: 'TOO_MANY_ATTACHMENTS' })
      const number = /^files?\[(\d{1,4})\]$/.exec(part.fieldname)?.[1]
      files.push({
        index: number === undefined ? files.length : Number(number),
        filename: part.filename || 'file',
        contentType: part.mimetype,
        bytes,
      })
    }
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    if (code === 'FST_REQ_FILE_TOO_LARGE') return err({ code: 'REQUEST_TOO_LARGE' })
    if (code.startsWith('FST_')) return err({ code: 'REQUEST_TOO_LARGE' })
    return err({ code: 'INVALID_FILE' })
  }
  if (payload === undefined) return ok({ body: fields, files })
  const body = parseLossless(payload)
  return body.ok ? ok({ body: body.value, files }) : err({ code: 'INVALID_JSON' })
}

/** The plugin parses fields of this type itself and loses digits: they are taken as they came [HTTP-3]. */
const isJsonField = (contentType: string | undefined, filename: string | undefined): boolean =>
  filename === undefined && contentType === 'application/json'

const isPartAFile = (
  _field: string | undefined,
  contentType: string | undefined,
  filename?: string,
): boolean =>
  filename !== undefined || contentType === 'application/octet-stream' || isJsonField(contentType, filename)
