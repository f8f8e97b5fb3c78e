interface Emitter {
  on(event: string, listener: (...values: unknown[]) => void): unknown
  off(event: string, listener: (...values: unknown[]) => void): unknown
}

const WAIT_MS = 10_000

/** What the emitter gives with the next event that matches. Ask before doing what causes it. */
export function emitted<T extends unknown[]>(
  emitter: object,
  event: string,
  matches: (...values: T) => boolean = () => true,
): Promise<T> {
  const { on, off } = emitter as Emitter
  return new Promise((resolve, reject) => {
    const look = (...values: unknown[]) => {
      if (!matches(...(values as T))) return
      stop()
      resolve(values as T)
    }
    const stop = () => {
      clearTimeout(timer)
      off.call(emitter, event, look)
    }
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`no ${event} that matches within ${WAIT_MS} ms`))
    }, WAIT_MS)
    on.call(emitter, event, look)
  })
}

/** Everything a library complains of by `warn` and `error`, in words: empty is right. */
export function complaintsOf(emitter: object): string[] {
  const complaints: string[] = []
  for (const event of ['warn', 'error']) {
    ;(emitter as Emitter).on(event, (...values) =>
      complaints.push(
        `${event}: ${values.map((value) => (value instanceof Error ? value.stack : String(value))).join(' ')}`,
      ),
    )
  }
  return complaints
}
