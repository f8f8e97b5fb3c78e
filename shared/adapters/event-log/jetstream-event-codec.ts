import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { asPosition } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { type EventType, type NewEvent, SCHEMAS } from '#shared/protocol/events.ts'

/** Servers take messages of 1 MB unless told otherwise, and JSON becomes several times smaller. */
const DEFLATE_BEYOND = 512 * 1024
/** No name of a type begins with it. */
const DEFLATED = Buffer.of(0)

/** First lines of the events that this build understands. */
const KINDS = new Map(
  Object.entries(SCHEMAS).map(([type, schema]) => [`${type} ${schema}`, { type: type as EventType, schema }]),
)

/**
 * The body of an event: a line with type and schema, a line with the facts as JSON, and `d` as it is. One string
 * to decode; reading type and schema from headers costs twice what the rest of a tailed event does.
 */
export function encodeEvent({ type, schema, facts, d }: NewEvent): Buffer {
  const body = Buffer.from(`${type} ${schema}\n${JSON.stringify(facts)}\n${d}`)
  return body.length > DEFLATE_BEYOND ? Buffer.concat([DEFLATED, deflateRawSync(body)]) : body
}

/** @throws on an event of a (type, schema) that this build does not know: skipping it would be a silent hole [LOG-9]. */
export function decodeEvent(subject: string, seq: number, data: Uint8Array): LogEvent {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length)
  const body = (bytes[0] === 0 ? inflateRawSync(bytes.subarray(1)) : bytes).toString()
  const line = body.indexOf('\n')
  const kind = KINDS.get(body.slice(0, line))
  if (!kind) {
    const what = line < 0 ? 'something' : body.slice(0, Math.min(line, 100))
    throw new Error(`the log holds ${what} at ${seq}, unknown here: upgrade this process`)
  }
  const end = body.indexOf('\n', line + 1)
  const facts = JSON.parse(body.slice(line + 1, end))
  return {
    position: asPosition(seq),
    subject,
    type: kind.type,
    schema: kind.schema,
    facts,
    d: body.slice(end + 1),
  } as LogEvent
}
