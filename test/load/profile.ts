import path from 'node:path'
import WebSocket from 'ws'
import { eventually } from '#test/support/eventually.ts'
import type { Server } from './world.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const SAMPLE_MICROS = 200

/** The parts of V8's CPU profile that are read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface SelfTime {
  readonly name: string
  /** Empty for what is native. */
  readonly where: string
  /** Of the time in which the process was not idle. */
  readonly share: number
}

/** Functions by the time spent in themselves, callees left out, without the idle time. */
export function topSelfTimes({ nodes, samples, timeDeltas }: CpuProfile, count: number): SelfTime[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const times = new Map<string, { name: string; where: string; micros: number }>()
  let busy = 0
  samples.forEach((id, index) => {
    const frame = frames.get(id)
    const micros = timeDeltas[index] ?? 0
    if (!frame || frame.functionName === '(idle)') return
    busy += micros
    const name = frame.functionName || '(anonymous)'
    const where = frame.url === '' ? '' : `${shortened(frame.url)}:${frame.lineNumber + 1}`
    const key = `${name} ${where}`
    const before = times.get(key)
    times.set(key, { name, where, micros: (before?.micros ?? 0) + micros })
  })
  return [...times.values()]
    .sort((a, b) => b.micros - a.micros)
    .slice(0, count)
    .map(({ name, where, micros }) => ({ name, where, share: micros / busy }))
}

const shortened = (url: string): string =>
  url.replace('file://', '').replace(`${ROOT}/`, '').replace('node_modules/', '')

/** What a server process does while something else goes on. It is told to open its inspector for it. */
export async function profiled({ pid, output }: Server, work: () => Promise<unknown>): Promise<CpuProfile> {
  if (!inspectorUrl(output())) process.kill(pid, 'SIGUSR1')
  const inspector = new Inspector(await eventually('an inspector', () => inspectorUrl(output())))
  await inspector.opened
  await inspector.send('Profiler.enable')
  await inspector.send('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS })
  await inspector.send('Profiler.start')
  await work()
  const { profile } = (await inspector.send('Profiler.stop')) as { profile: CpuProfile }
  inspector.close()
  return profile
}

const inspectorUrl = (output: string): string | undefined =>
  /Debugger listening on (ws:\S+)/.exec(output)?.[1]

class Inspector {
  readonly opened: Promise<void>
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (result: unknown) => void>()

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    this.opened = new Promise((resolve, reject) => this.#socket.once('open', resolve).once('error', reject))
    this.#socket.on('message', (data) => {
      const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown }
      if (id !== undefined) this.#waiting.get(id)?.(result)
    })
  }

  send(method: string, params: object = {}): Promise<unknown> {
    const id = this.#waiting.size + 1
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }

  close(): void {
    this.#socket.close()
  }
}
