import { constants, createInflate } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Socket } from '#shared/ports/socket-server.ts'
import { Frame } from './frame.ts'
import { Flusher, Outbound } from './outbound.ts'

/** A client that takes nothing, or everything. */
class FakeSocket implements Socket {
  readonly writes: Buffer[][] = []
  held = 0
  dropped = false

  send(frames: readonly Uint8Array[]): boolean {
    this.writes.push(frames.map((frame) => Buffer.from(frame)))
    return this.held === 0
  }

  buffered(): number {
    return this.held
  }

  close(): void {}

  drop(): void {
    this.dropped = true
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('what goes to a client', () => {
  test('is sent in one write per turn, each dispatch with its own number', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, false, new Flusher())
    const frame = new Frame('MESSAGE_CREATE', '{"content":"ä"}')
    outbound.dispatch(frame, 7)
    outbound.control({ op: 11 })
    outbound.dispatch(new Frame('MESSAGE_DELETE', '{}'), 8)
    await turn()
    expect(socket.writes).toHaveLength(1)
    const frames = socket.writes[0]?.map((bytes) => JSON.parse(bytes.toString()))
    expect(frames).toEqual([
      { op: 0, s: 7, t: 'MESSAGE_CREATE', d: { content: 'ä' } },
      { op: 11 },
      { op: 0, s: 8, t: 'MESSAGE_DELETE', d: {} },
    ])
  })

  test('[SES-8] is one zlib stream, each frame ending in a sync flush', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, true, new Flusher())
    outbound.control({ op: 10 })
    await turn()
    for (let s = 1; s <= 50; s++)
      outbound.dispatch(new Frame('MESSAGE_CREATE', JSON.stringify({ content: 'x'.repeat(s * 37) })), s)
    await turn()
    const inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH })
    const inflated: Buffer[] = []
    inflate.on('data', (chunk: Buffer) => inflated.push(chunk))
    for (const bytes of socket.writes.flat()) {
      expect(bytes.subarray(-4)).toEqual(Buffer.from([0, 0, 0xff, 0xff]))
      await new Promise<void>((resolve) => inflate.write(bytes, () => resolve()))
    }
    const text = Buffer.concat(inflated).toString()
    expect(text.startsWith('{"op":10}{"op":0,"s":         1,"t":"MESSAGE_CREATE"')).toBe(true)
    expect(text.match(/"op":0/g)).toHaveLength(50)
    inflate.close()
  })

  test('[SES-9] waits while a client takes nothing, and is cut off when too much waits', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, false, new Flusher())
    socket.held = 2 * 1024 * 1024
    const frame = new Frame('MESSAGE_CREATE', '{}')
    outbound.dispatch(frame, 1)
    await turn()
    expect(socket.writes, 'that it takes nothing shows at the first').toHaveLength(1)
    outbound.dispatch(frame, 2)
    await turn()
    expect(socket.writes).toHaveLength(1)
    socket.held = 0
    outbound.flush()
    expect(socket.writes).toHaveLength(2)
    socket.held = 2 * 1024 * 1024
    outbound.dispatch(frame, 3)
    await turn()
    for (let s = 4; s < 6_000 && !socket.dropped; s++) outbound.dispatch(frame, s)
    expect(socket.dropped).toBe(true)
    outbound.dispatch(frame, 9_999)
    await turn()
    expect(socket.writes).toHaveLength(3)
  })
})
