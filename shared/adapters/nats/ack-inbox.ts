import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/transport-node'
import { newInbox } from './inbox.ts'

/** What JetStream says of a publication. */
export type Answer =
  | { readonly kind: 'stored'; readonly seq: number; readonly duplicate: boolean }
  /** `code` is JetStream's err_code, or NO_RESPONDERS. */
  | { readonly kind: 'refused'; readonly code: number; readonly description: string }

/** Nobody listens to the subject: no stream has it, or the stream has no leader now. */
export const NO_RESPONDERS = 503

/**
 * Publishes to JetStream with answers to one inbox, told apart by the last token of their subject: a third of
 * the cost of a request of the library, which makes a promise, a timer and a stack for each.
 */
export class AckInbox {
  readonly #connection: NatsConnection
  readonly #prefix: string
  readonly #subscription: Subscription
  readonly #heard = new Map<number, (answer: Answer) => void>()
  #last = 0

  constructor(connection: NatsConnection) {
    this.#connection = connection
    this.#prefix = `${newInbox(connection)}.`
    this.#subscription = connection.subscribe(`${this.#prefix}*`, {
      callback: (error, message) => {
        if (!error) this.#take(message)
      },
    })
  }

  /**
   * @param headers lines that end in `\r\n`
   * @param heard is called at most once, and must not throw
   * @returns a token with which to `forget`
   * @throws when the connection is closed or the message larger than the server takes
   */
  publish(subject: string, headers: string, body: Uint8Array, heard: (answer: Answer) => void): number {
    const token = ++this.#last
    const reply = this.#prefix + token
    this.#connection.publish(subject, body, { reply, headers: rawHeaders(headers) })
    this.#heard.set(token, heard)
    return token
  }

  /** What is answered to that publication from now on is not heard. */
  forget(token: number): void {
    this.#heard.delete(token)
  }

  close(): void {
    this.#subscription.unsubscribe()
    this.#heard.clear()
  }

  #take(message: Msg): void {
    const token = Number(message.subject.slice(this.#prefix.length))
    const heard = this.#heard.get(token)
    if (!heard) return
    this.#heard.delete(token)
    heard(parseAnswer(message))
  }
}

function parseAnswer({ data, headers }: Msg): Answer {
  if (data.length === 0) {
    return {
      kind: 'refused',
      code: headers?.code ?? 0,
      description: headers?.description ?? 'an empty answer',
    }
  }
  const answer = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString())
  if (answer.error) {
    return { kind: 'refused', code: answer.error.err_code, description: answer.error.description }
  }
  return { kind: 'stored', seq: answer.seq, duplicate: answer.duplicate === true }
}

/**
 * Headers as they go out. Those of the library cost 2 to 3 µs for names and values that are known to be good;
 * of what it is given it uses `encode` alone.
 */
export function rawHeaders(lines: string): MsgHdrs {
  const encoded = Buffer.from(`NATS/1.0\r\n${lines}\r\n`, 'latin1')
  return { encode: () => encoded } as unknown as MsgHdrs
}
