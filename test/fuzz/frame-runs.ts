import { isUtf8 } from 'node:buffer'
import WebSocket from 'ws'
import { CloseCode } from '#shared/protocol/close-codes.ts'
import { MAX_FRAME_BYTES } from '#shared/protocol/gateway-frame.ts'
import { Chance } from './chance.ts'
import { type FuzzFrame, makeFrame } from './frames.ts'
import { type FuzzWorld, newFuzzWorld } from './fuzz-world.ts'

const AT_ONCE = 8
/** Most connections end before the last of more. */
const MOST_OF_ONE = 10
const DEADLINE_MS = 15_000

/** Ours. What is too large, or text that is no UTF-8, ends the connection without a word. */
const DOCUMENTED = new Set<number>(Object.values(CloseCode))
const isTooMuch = ({ bytes, isBinary }: FuzzFrame) =>
  bytes.length > MAX_FRAME_BYTES || (!isBinary && !isUtf8(bytes))

interface Options {
  readonly base: string
  readonly gateway: string
  readonly seed: number
  readonly count: number
  readonly onProgress: (done: number) => void
  readonly onProblem: (problem: string) => void
}

/** Sends frames on many connections, before and after they identify. */
export async function frameRuns({ base, gateway, seed, count, onProgress, onProblem }: Options) {
  const codes = new Map<number, number>()
  const world = await newFuzzWorld(base)
  let sent = 0
  let runs = 0
  const one = async (index: number) => {
    const chance = new Chance(seed, 3, index)
    const frames = Array.from({ length: chance.between(1, MOST_OF_ONE) }, () =>
      makeFrame(chance, world.known),
    )
    const wanted = frames.slice(0, Math.max(0, count - sent))
    sent += wanted.length
    const end = await connection(gateway, wanted, chance, world).catch(String)
    if (typeof end === 'string') onProblem(`connection ${index} of seed ${seed}: ${end}\n${shown(wanted)}`)
    else codes.set(end, (codes.get(end) ?? 0) + 1)
    onProgress(sent)
  }
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (sent < count) await one(runs++)
    }),
  )
  return { sent, codes }
}

/** One connection. @returns the code that it was closed with, at the latest for the last frame */
function connection(
  gateway: string,
  frames: readonly FuzzFrame[],
  chance: Chance,
  { tokens }: FuzzWorld,
): Promise<number> {
  const query = chance.pick(['?v=10&encoding=json', '?v=9', '', '?v=10&encoding=json&compress=zlib-stream'])
  const identifies = chance.is(0.7)
  const token = chance.pick(tokens)
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${gateway}/${query}`, { perMessageDeflate: false })
    const timer = setTimeout(() => {
      socket.terminate()
      reject(new Error('neither closed nor answered in time'))
    }, DEADLINE_MS)
    let isFirst = true
    socket.on('error', () => {}) // 'close' follows
    socket.on('message', (data, isBinary) => {
      if (isFirst) {
        isFirst = false
        if (identifies) socket.send(JSON.stringify({ op: 2, d: { token, properties: {} } }))
        for (const { bytes, isBinary: binary } of frames) socket.send(bytes, { binary })
        socket.send('{"op":5}')
      } else if (!isBinary && JSON.parse(String(data)).op === undefined) reject(new Error(`sent ${data}`))
    })
    socket.on('close', (code) => settle(code))
    const settle = (end: number) => {
      clearTimeout(timer)
      socket.terminate()
      if (DOCUMENTED.has(end) || (end === 1006 && frames.some(isTooMuch))) resolve(end)
      else reject(new Error(`closed with ${end}`))
    }
  })
}

const shown = (frames: readonly FuzzFrame[]): string =>
  frames
    .map(
      ({ bytes, isBinary }) =>
        `  ${isBinary ? 'binary ' : ''}${JSON.stringify(bytes.toString('latin1').slice(0, 200))}`,
    )
    .join('\n')
