import type { NatsConnection } from '@nats-io/transport-node'
import { JetStreamApiError, jetStreamApi } from './jetstream-api.ts'

export interface StreamMessage {
  readonly subject: string
  readonly seq: number
  readonly data: Buffer
}

export type StreamQuery =
  | { readonly seq: number; readonly next_by_subj?: string }
  | { readonly last_by_subj: string }
  /** ISO 8601: the first message that was stored then or later. */
  | { readonly start_time: string }

const NOT_FOUND = 10037

/** One message of a stream from its leader: a direct get may be answered by a follower, which is behind. */
export async function streamMessage(
  connection: NatsConnection,
  stream: string,
  query: StreamQuery,
): Promise<StreamMessage | undefined> {
  try {
    const { message } = await jetStreamApi<{ message: { subject: string; seq: number; data?: string } }>(
      connection,
      `STREAM.MSG.GET.${stream}`,
      query,
    )
    return { subject: message.subject, seq: message.seq, data: Buffer.from(message.data ?? '', 'base64') }
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === NOT_FOUND) return undefined
    throw error
  }
}
