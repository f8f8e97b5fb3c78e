import { once } from 'node:events'
import { request } from 'node:http'
import { createConnection } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type {
  Socket,
  SocketHandlers,
  SocketServer,
  SocketServerOptions,
  Upgrade,
} from '#shared/ports/socket-server.ts'

interface Seen extends SocketHandlers {
  readonly socket: Socket
  readonly upgrade: Upgrade
  readonly messages: { text: string; binary: boolean }[]
  readonly codes: number[]
}

/** What sessions rely on, whichever library serves. */
export function socketServerContract(
  name: string,
  listen: (options: SocketServerOptions) => Promise<SocketServer>,
): void {
  describe(`socket server: ${name}`, () => {
    let server: SocketServer
    const seen: Seen[] = []
    const clients: WebSocket[] = []

    const start = async () => {
      seen.length = 0
      server = await listen({
        host: '127.0.0.1',
        port: 0,
        paths: ['/', '/gateway'],
        maxFrameBytes: 64 * 1024,
        connect: (socket, upgrade) => {
          const one: Seen = {
            socket,
            upgrade,
            messages: [],
            codes: [],
            message: (data, binary) => one.messages.push({ text: Buffer.from(data).toString(), binary }),
            drained: () => {},
            closed: (code) => one.codes.push(code),
          }
          seen.push(one)
          return one
        },
      })
    }
    const connect = async (path: string) => {
      const client = new WebSocket(`ws://127.0.0.1:${server.port}${path}`)
      clients.push(client)
      await once(client, 'open')
      await until(() => seen.length > 0)
      return client
    }
    afterEach(async () => {
      for (const client of clients.splice(0)) client.terminate()
      await server.close()
    })

    test('tells what the client asked for, and passes messages on in order', async () => {
      await start()
      const client = await connect('/gateway?v=10&encoding=json')
      for (let index = 0; index < 100; index++) client.send(String(index))
      client.send(Buffer.from('bytes'))
      await until(() => seen[0]?.messages.length === 101)
      expect(seen[0]?.upgrade.query.get('v')).toBe('10')
      expect(seen[0]?.upgrade.host).toBe(`127.0.0.1:${server.port}`)
      expect(seen[0]?.messages.slice(0, 100)).toEqual(
        Array.from({ length: 100 }, (_, index) => ({ text: String(index), binary: false })),
      )
      expect(seen[0]?.messages[100]).toEqual({ text: 'bytes', binary: true })
    })

    test('sends frames as they are at that moment: the bytes are only lent', async () => {
      await start()
      const client = await connect('/')
      const got: string[] = []
      client.on('message', (data, binary) => got.push(`${binary}:${data}`))
      const frame = Buffer.alloc(50_000, 'a')
      for (const letter of 'abcdefgh') seen[0]?.socket.send([frame.fill(letter)], false)
      seen[0]?.socket.send([Buffer.from('x'), Buffer.from('y')], true)
      await until(() => got.length === 10)
      expect(got.slice(0, 8).map((text) => new Set(text.slice(6)).size)).toEqual(Array(8).fill(1))
      expect(
        got
          .slice(0, 8)
          .map((text) => text.at(-1))
          .join(''),
      ).toBe('abcdefgh')
      expect(got.slice(8)).toEqual(['true:x', 'true:y'])
    })

    test('is not disturbed by an upgrade to what is no path, or by who does not wait for the answer', async () => {
      await start()
      const upgrade = (path: string) =>
        `GET ${path} HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
      for (const path of ['//', '/x', '/%']) {
        const patient = createConnection(server.port, '127.0.0.1')
        patient.on('error', () => {}).write(upgrade(path))
        patient.resume()
        await once(patient, 'close')
        const rude = createConnection(server.port, '127.0.0.1')
        rude.on('error', () => {}).write(upgrade(path), () => rude.resetAndDestroy())
        await once(rude, 'close')
      }
      await connect('/')
    })

    test('tells how a connection ended, once', async () => {
      await start()
      const polite = await connect('/')
      polite.close(1000)
      await until(() => seen[0]?.codes.length === 1)
      expect(seen[0]?.codes).toEqual([1000])
      const rude = await connect('/')
      await until(() => seen.length === 2)
      rude.terminate()
      await until(() => seen[1]?.codes.length === 1)
      expect(seen[1]?.codes).toEqual([1006])
    })

    test('closes with a code; drops without one; a closed socket takes everything', async () => {
      await start()
      const client = await connect('/')
      const closed = once(client, 'close')
      seen[0]?.socket.close(4004, 'no')
      expect((await closed)[0]).toBe(4004)
      const other = await connect('/')
      await until(() => seen.length === 2)
      const dropped = once(other, 'close')
      seen[1]?.socket.drop()
      expect((await dropped)[0]).toBe(1006)
      await until(() => seen.every(({ codes }) => codes.length === 1))
      for (const { socket } of seen) {
        socket.send([Buffer.from('late')], false)
        socket.close(4000, '')
        socket.drop()
        expect(socket.buffered()).toBe(0)
      }
    })

    test('serves nothing but upgrades on its paths', async () => {
      await start()
      const answer = await get(server.port, '/')
      expect([answer.status, answer.connection]).toEqual([404, 'close'])
      const client = new WebSocket(`ws://127.0.0.1:${server.port}/elsewhere`)
      client.on('error', () => {})
      await new Promise((resolve) => client.on('close', resolve))
      expect(seen).toHaveLength(0)
    })

    test('refuses a port that is taken', async () => {
      await start()
      await expect(
        listen({
          host: '127.0.0.1',
          port: server.port,
          paths: ['/'],
          maxFrameBytes: 1024,
          connect: () => seen[0] as Seen,
        }),
      ).rejects.toThrow(/cannot listen/)
    })
  })
}

async function until(condition: () => boolean | undefined): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const get = (
  port: number,
  path: string,
): Promise<{ status: number | undefined; connection: string | undefined }> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path }, (response) => {
      response.resume()
      resolve({ status: response.statusCode, connection: response.headers.connection })
    })
      .on('error', reject)
      .end()
  })
