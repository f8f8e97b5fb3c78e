import { describe, expect, test } from 'vitest'
import { clientFrame, FrameScanner, upgradeRequest, WsOpcode } from './websocket-frames.ts'

function serverFrame(payload: Buffer, opcode: number = WsOpcode.TEXT): Buffer {
  const { length } = payload
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127
  if (head.length === 4) head.writeUInt16BE(length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}

const PAYLOADS = [0, 1, 125, 126, 700, 65_535, 65_536, 5].map((length, index) => Buffer.alloc(length, index))
const STREAM = Buffer.concat([
  ...PAYLOADS.slice(0, 4).map((payload) => serverFrame(payload)),
  serverFrame(Buffer.from('?'), WsOpcode.PING),
  ...PAYLOADS.slice(4).map((payload) => serverFrame(payload)),
])

describe('frames in a stream', () => {
  test.each([1, 2, 3, 9, 127, 1_000, 70_000, STREAM.length])('are found in chunks of %i bytes', (size) => {
    const found: Buffer[] = []
    const controls: number[] = []
    const reading = new FrameScanner((opcode) => controls.push(opcode))
    reading.want = (payload) => found.push(Buffer.from(payload))
    const counting = new FrameScanner()
    const memory = Buffer.alloc(size)
    for (let at = 0; at < STREAM.length; at += size) {
      const length = STREAM.copy(memory, 0, at, at + size)
      reading.push(memory.subarray(0, length))
      counting.push(memory.subarray(0, length))
      memory.fill(0xff)
    }
    expect([reading.frames, counting.frames]).toEqual([PAYLOADS.length, PAYLOADS.length])
    expect(Buffer.concat(found).equals(Buffer.concat(PAYLOADS))).toBe(true)
    expect(controls).toEqual([WsOpcode.PING])
  })
})

test('a client masks, with a key that changes nothing', () => {
  expect(clientFrame('ab')).toEqual(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x61, 0x62]))
  expect(clientFrame('x'.repeat(300)).subarray(0, 8)).toEqual(Buffer.from([0x81, 0xfe, 1, 44, 0, 0, 0, 0]))
  expect(upgradeRequest(new URL('ws://127.0.0.1:1/?v=10'))).toMatch(/^GET \/\?v=10 HTTP\/1.1\r\n.*\r\n\r\n$/s)
})
