import type { Chance } from './chance.ts'

const HOST = 'host: localhost\r\nconnection: close'

/** Requests that are no HTTP, or hardly. Each lets the server end the connection. */
export function rawRequest(chance: Chance): Buffer {
  const path = '/api/v10/users/@me'
  return Buffer.from(
    chance.pick([
      'nonsense\r\n\r\n',
      `GET ${path}\r\n\r\n`,
      `GET ${path} HTTP/9.9\r\n${HOST}\r\n\r\n`,
      `GET ${path} HTTP/1.1\r\nconnection: close\r\n\r\n`,
      `BREW ${path} HTTP/1.1\r\n${HOST}\r\n\r\n`,
      `TRACE ${path} HTTP/1.1\r\n${HOST}\r\n\r\n`,
      `PROPFIND ${path} HTTP/1.1\r\n${HOST}\r\n\r\n`,
      `GET ${path} HTTP/1.1\r\n${HOST}\r\nno colon\r\n\r\n`,
      `GET ${path} HTTP/1.1\r\n${HOST}\r\nx: \0\r\n\r\n`,
      `GET ${path} HTTP/1.1\r\n${HOST}\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      `GET ${path}?${'y'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n\r\n`,
      `GET http://elsewhere.example${path} HTTP/1.1\r\n${HOST}\r\n\r\n`,
      `GET * HTTP/1.1\r\n${HOST}\r\n\r\n`,
      `GET \xff\xfe HTTP/1.1\r\n${HOST}\r\n\r\n`,
      `GET /api/v10/a b HTTP/1.1\r\n${HOST}\r\n\r\n`,
      `POST /api/v10/auth/login HTTP/1.1\r\n${HOST}\r\ncontent-length: x\r\n\r\n`,
      `POST /api/v10/auth/login HTTP/1.1\r\n${HOST}\r\ncontent-length: -1\r\n\r\n`,
      `POST /api/v10/auth/login HTTP/1.1\r\n${HOST}\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      `POST /api/v10/auth/login HTTP/1.1\r\n${HOST}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
      `POST /api/v10/auth/login HTTP/1.1\r\n${HOST}\r\ncontent-type: application/json\r\ntransfer-encoding: gzip\r\n\r\n{}`,
      `POST /api/v10/auth/login HTTP/1.1\r\n${HOST}\r\ncontent-type: application/json\r\nexpect: nothing\r\ncontent-length: 2\r\n\r\n{}`,
      `POST /api/v10/auth/login HTTP/1.1\r\n${HOST}\r\ncontent-type: application/json\r\ncontent-length: 2000000000\r\n\r\n{}`,
      `GET /gateway HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n`,
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    ]),
    'latin1',
  )
}

/** What is wrong with the answer: it has none of the documented form, or is a 5xx; undefined: nothing. */
export function problemInRaw(text: string): string | undefined {
  if (text === '') return undefined
  const [head = '', body = ''] = text.split('\r\n\r\n', 2)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  if (!(status >= 200 && status < 500)) return `status ${status}: ${text.slice(0, 200)}`
  // Node refuses some by itself, without a word.
  if (status < 400 || ((status === 400 || status === 417) && body.startsWith('0'))) return undefined
  if (!/^content-type: application\/json$/im.test(head))
    return `not the documented type: ${text.slice(0, 300)}`
  const { code, message } = JSON.parse(body)
  return typeof code === 'number' && typeof message === 'string' ? undefined : `form: ${body.slice(0, 200)}`
}
