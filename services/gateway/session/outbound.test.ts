import zlib, { constants, createInflate } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Socket } from '#shared/ports/socket-server.ts'
import { Frame } from './frame.ts'
import { Flusher, Outbound } from './outbound.ts'
import { roomToSend } from './room-to-send.ts'

/** A client that takes nothing, or everything. */
class FakeSocket implements Socket {
  readonly writes: Buffer[][] = []
  held = 0
  /** What it holds after the next send; undefined: as much as before. */
  heldAfter: number | undefined
  dropped = false

  send(frames: readonly Uint8Array[]): boolean {
    this.writes.push(frames.map((frame) => Buffer.from(frame)))
    this.held = this.heldAfter ?? this.held
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
    const outbound = new Outbound(socket, undefined, new Flusher())
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
    const outbound = new Outbound(socket, 'zlib-stream', new Flusher())
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

  test('[SES-8] is one zstd frame, each message ending with a block', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, 'zstd-stream', new Flusher())
    const texts = [0, 1, 37, 128 * 1024, 300_000].map((length) => JSON.stringify({ d: 'x'.repeat(length) }))
    for (const text of texts) outbound.control(JSON.parse(text))
    outbound.dispatch(new Frame('MESSAGE_CREATE', '{}'), 7)
    await turn()
    const writes = socket.writes.flat()
    const messages = unpackedZstd(writes)
    if ('createZstdDecompress' in zlib) expect(await byZstd(writes)).toBe(messages.join(''))
    expect(messages.slice(0, -1)).toEqual(texts)
    expect(JSON.parse(messages.at(-1) as string)).toEqual({ op: 0, s: 7, t: 'MESSAGE_CREATE', d: {} })
  })

  test('[SES-9] waits while a client takes nothing, and is cut off when too much waits', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, undefined, new Flusher())
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

describe('[SES-9] much at once', () => {
  const KB = 1_024
  const large = () => new Frame('GUILD_CREATE', JSON.stringify('x'.repeat(200 * KB)))
  const sizes = ({ writes }: FakeSocket) => writes.map((write) => Buffer.concat(write).length)

  test('goes out in pieces, as the client takes them', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, undefined, new Flusher())
    for (let s = 1; s <= 20; s++) outbound.dispatch(large(), s)
    socket.held = 2 * KB * KB
    await turn()
    expect(socket.writes, 'that it takes nothing shows at the first').toHaveLength(1)
    for (let pieces = 1; pieces < 4; pieces++) {
      outbound.flush()
      expect(socket.writes).toHaveLength(pieces)
      socket.held = KB
      socket.heldAfter = 2 * KB * KB
      outbound.flush()
    }
    for (const size of sizes(socket)) expect(size).toBeLessThan(1_300 * KB)
    const told = socket.writes.flat().map((bytes) => JSON.parse(bytes.toString()).s)
    expect(told).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })

  test('waits for room, which there is once the client has taken it, or is gone', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, undefined, new Flusher())
    expect(outbound.room()).toBeUndefined()
    for (let s = 1; s <= 6; s++) outbound.dispatch(large(), s)
    await outbound.room()
    expect(socket.writes.flat()).toHaveLength(6)
    socket.held = 2 * KB * KB
    outbound.dispatch(large(), 7)
    await turn()
    let given = 0
    void outbound.room()?.then(() => given++)
    outbound.flush()
    await turn()
    expect(given).toBe(0)
    socket.held = KB
    outbound.flush()
    await turn()
    expect(given).toBe(1)
    expect(outbound.room()).toBeUndefined()
    socket.held = 2 * KB * KB
    outbound.dispatch(large(), 8)
    await turn()
    const room = outbound.room()
    outbound.drop()
    await room
    expect(outbound.room()).toBeUndefined()
  })

  test('is no reason to cut off a client that takes it, but one that does not, however few the frames are', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, undefined, new Flusher())
    for (let s = 1; s <= 120; s++) outbound.dispatch(large(), s)
    await turn()
    expect([socket.dropped, socket.writes.flat().length]).toEqual([false, 120])
    socket.held = 2 * KB * KB
    outbound.dispatch(large(), 121)
    await turn()
    for (let s = 122; s <= 250 && !socket.dropped; s++) outbound.dispatch(large(), s)
    expect(socket.dropped).toBe(true)
  })

  test('is no reason either when it is many frames in one turn', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, undefined, new Flusher())
    for (let s = 1; s <= 20_000; s++) outbound.dispatch(new Frame('PRESENCE_UPDATE', '{}'), s)
    await turn()
    expect([socket.dropped, socket.writes.flat().length]).toEqual([false, 20_000])
  })

  test('is sent to a slow client for as long as it takes any of it', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, undefined, new Flusher())
    const timers: (() => void)[] = []
    const clock = {
      after(_: number, callback: () => void) {
        timers.push(callback)
        return () => {}
      },
    } as never
    socket.heldAfter = 2 * KB * KB
    for (let s = 1; s <= 20; s++) outbound.dispatch(large(), s)
    await turn()
    const room = roomToSend({ clock }, outbound)
    for (let minutes = 0; minutes < 5; minutes++) {
      socket.held -= KB
      outbound.dispatch(large(), 21 + minutes)
      timers.shift()?.()
    }
    expect([socket.dropped, timers.length]).toEqual([false, 1])
    timers.shift()?.()
    await room
    expect([socket.dropped, timers.length]).toEqual([true, 0])
  })

  test('is sent to a client that takes nothing for a minute at the most', async () => {
    const socket = new FakeSocket()
    const outbound = new Outbound(socket, undefined, new Flusher())
    const timers: [number, () => void][] = []
    const clock = {
      after(ms: number, callback: () => void) {
        timers.push([ms, callback])
        return () => {}
      },
    } as never
    expect(roomToSend({ clock }, outbound)).toBeUndefined()
    socket.held = 2 * KB * KB
    outbound.dispatch(large(), 1)
    await turn()
    const room = roomToSend({ clock }, outbound)
    expect(timers.map(([ms]) => ms)).toEqual([60_000])
    timers[0]?.[1]()
    await room
    expect(socket.dropped).toBe(true)
  })
})

/** As RFC 8878 has it, for as much as is sent: one frame of raw blocks, none of them the last. */
function unpackedZstd(writes: readonly Buffer[]): string[] {
  expect(writes[0]?.subarray(0, 6).toString('hex')).toBe('28b52ffd0038')
  return writes.map((write, n) => {
    let rest = n === 0 ? write.subarray(6) : write
    let text = ''
    while (rest.length > 0) {
      const header = rest.readUIntLE(0, 3)
      expect(header & 7).toBe(0)
      expect(header >> 3).toBeLessThanOrEqual(128 * 1024)
      text += rest.subarray(3, 3 + (header >> 3)).toString()
      rest = rest.subarray(3 + (header >> 3))
    }
    return text
  })
}

/** As Node has it from version 22.15 on. */
async function byZstd(writes: readonly Buffer[]): Promise<string> {
  const { createZstdDecompress } = zlib as unknown as { createZstdDecompress(): zlib.Inflate }
  const stream = createZstdDecompress()
  const pieces: Buffer[] = []
  stream.on('data', (piece: Buffer) => pieces.push(piece))
  for (const bytes of writes) await new Promise<void>((resolve) => stream.write(bytes, () => resolve()))
  await new Promise((resolve) => setImmediate(resolve))
  stream.destroy()
  return Buffer.concat(pieces).toString()
}
