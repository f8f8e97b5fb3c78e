import { expect, test } from 'vitest'
import { deferred } from '#shared/kernel/deferred.ts'
import { CloseCode } from '#shared/protocol/close-codes.ts'
import { GatewayConnection } from './connection.ts'
import { Frame } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'
import type { Outbound } from './outbound.ts'

const IDENTIFY = { op: 2, d: { token: 'token', intents: 0, properties: {} } }
const HEARTBEAT = { op: 1, d: null }
const REQUEST_MEMBERS = { op: 8, d: { guild_id: '1000000000000000000', query: 'a', limit: 1 } }

/** A connection whose Identify asks for the end of the log, and waits for that. */
function opening(logBounds: (outbound: Outbound) => Promise<never> = () => new Promise(() => {})) {
  const sent: number[] = []
  const codes: number[] = []
  const time = { ms: 0 }
  const socket = {
    held: 0,
    send(frames: readonly Uint8Array[]) {
      for (const frame of frames) sent.push(JSON.parse(Buffer.from(frame).toString()).op)
      return socket.held === 0
    },
    buffered: () => socket.held,
    close: (code: number) => codes.push(code),
    drop: () => {},
  }
  let outbound: Outbound | undefined
  const core = {
    clock: { monotonic: () => time.ms },
    flusher: { mark: (marked: Outbound) => (outbound = marked) },
    heartbeatIntervalMs: 40_000,
    revocations: () => 0,
    logBounds: () => logBounds(outbound as Outbound),
    logger: { error: () => {} },
  } as unknown as GatewayCore
  const connection = new GatewayConnection(core, socket as never, {
    query: new URLSearchParams(),
    host: 'localhost',
    ip: '127.0.0.1',
  })
  const says = (frame: object) => {
    const { buffer, byteOffset, byteLength } = Buffer.from(JSON.stringify(frame))
    connection.message(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer, false)
  }
  const after = (ms: number) => {
    time.ms += ms
    connection.tick()
  }
  says(IDENTIFY)
  return { says, after, sent, codes, time, socket, flush: () => outbound?.flush() }
}

test('[SES-7] heartbeats keep the connection while something takes its time', () => {
  const { says, after, codes } = opening()
  for (let n = 0; n < 5; n++) {
    after(45_000)
    says(HEARTBEAT)
  }
  after(45_000)
  expect(codes).toEqual([])
})

test('a heartbeat is answered when what was asked before is done, but at once where the client is waited for', async () => {
  const found = deferred<void>()
  const { says, after, sent, socket, flush } = opening(async (outbound) => {
    await found.promise
    outbound.dispatch(new Frame('GUILD_CREATE', JSON.stringify('x'.repeat(2 * 1_024 * 1_024))), 1)
    outbound.flush()
    await outbound.room()
    return new Promise(() => {})
  })
  says(HEARTBEAT)
  after(5_000)
  flush()
  expect(sent).toEqual([10])
  socket.held = 2 * 1_024 * 1_024
  found.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  after(5_000)
  says(HEARTBEAT)
  socket.held = 0
  flush()
  expect(sent).toEqual([10, 0, 11, 11])
})

test('[SES-7] silence is noticed while something takes its time', () => {
  const { after, codes } = opening()
  after(50_001)
  expect(codes).toEqual([CloseCode.UNKNOWN_ERROR])
})

test('[SES-5] of what has to wait there is a most', () => {
  const { says, codes, time } = opening()
  for (let n = 0; n < 128; n++) {
    time.ms += 1_000
    says(REQUEST_MEMBERS)
  }
  expect(codes).toEqual([])
  says(REQUEST_MEMBERS)
  expect(codes).toEqual([CloseCode.RATE_LIMITED])
})
