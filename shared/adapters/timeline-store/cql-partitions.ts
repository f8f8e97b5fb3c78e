import { bucketOf } from './cql-bucket.ts'

/** ScyllaDB's limit for the values of one IN, if nobody changed it. */
export const MOST_IN = 100

export interface MessageKey {
  readonly channelId: string
  readonly messageId: string
}

/** Messages of one partition, as many as one IN takes. */
export interface Part {
  readonly channelId: string
  readonly bucket: number
  readonly ids: string[]
}

export function partsOf(messages: readonly MessageKey[]): Part[] {
  const open = new Map<string, Part>()
  const parts: Part[] = []
  for (const { channelId, messageId } of messages) {
    const bucket = bucketOf(messageId)
    const key = `${channelId} ${bucket}`
    let part = open.get(key)
    if (!part || part.ids.length === MOST_IN) {
      part = { channelId, bucket, ids: [] }
      open.set(key, part)
      parts.push(part)
    }
    part.ids.push(messageId)
  }
  return parts
}
