import type { Socket } from 'node:net'
import { answerTo } from './api-error.ts'

/** Answers what is no HTTP, of which no request was made, in the form of all other refusals; then it is over. */
export function answerNoHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const body = JSON.stringify(answerTo({ code: 'INVALID_FORM_BODY' }).body)
    socket.write(
      `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroy(error)
}
