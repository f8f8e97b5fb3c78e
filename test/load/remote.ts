import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

// biome-ignore lint/suspicious/noExplicitAny: each handler has its own argument
type Handlers = Record<string, (argument: any) => unknown>

interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string })

/** What a process serves, as another one calls it. */
export type Remote<H extends Handlers> = {
  readonly [K in keyof H]: (argument: Parameters<H[K]>[0]) => Promise<Awaited<ReturnType<H[K]>>>
}

export interface RemoteProcess<H extends Handlers> {
  readonly pid: number
  readonly call: Remote<H>
  /** All that it has written so far. */
  output(): string
  stop(): Promise<void>
}

/** Answers the calls of the process that has started this one. */
export function serve(handlers: Handlers): void {
  process.on('message', async ({ id, name, argument }: Call) => {
    try {
      process.send?.({ id, value: await handlers[name]?.(argument) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? error.stack : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
}

/** Starts a module of this folder that serves. Its calls fail when it ends. */
export function startRemote<H extends Handlers>(module: string): RemoteProcess<H> {
  const child = fork(path.join(import.meta.dirname, module), [], {
    execArgv: ['--import', 'ts-blank-space/register', '--inspect-port=0'],
    serialization: 'advanced',
    silent: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  return {
    pid: child.pid as number,
    call: caller(child, () => `${module} ended:\n${output}`),
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

function caller<H extends Handlers>(child: ChildProcess, ended: () => string): Remote<H> {
  let last = 0
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  child.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) call?.reject(new Error(answer.error))
    else call?.resolve(answer.value)
  })
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(ended()))
    waiting.clear()
  })
  return new Proxy({} as Remote<H>, {
    get: (_, name: string) => (argument: unknown) =>
      new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Error(ended()))
        const id = ++last
        waiting.set(id, { resolve, reject })
        child.send({ id, name, argument })
      }),
  })
}
