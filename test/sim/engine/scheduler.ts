import type { Actor } from './actor.ts'

interface Task {
  at: number
  readonly order: number
  readonly owner: Actor | null
  readonly run: () => void
  cancelled: boolean
}

/**
 * Everything that happens in a world, one thing after another, in virtual time. A task runs to the end of all
 * that follows from it without waiting (its microtasks) before the next one begins. Same tasks, same order: the
 * scheduler itself throws no dice.
 */
export class Scheduler {
  /** Virtual milliseconds since the world began. */
  now = 0
  /** Whose task runs: what asks for `setImmediate` belongs to it. */
  current: Actor | null = null
  steps = 0
  /** What ends the world before the next step. */
  #failure: { readonly error: unknown } | undefined
  #order = 0
  readonly #heap: Task[] = []

  /** Runs after `delay` ms, unless its owner is dead by then; a frozen owner gets to it when it thaws. */
  after(delay: number, owner: Actor | null, run: () => void): () => void {
    const task: Task = { at: this.now + delay, order: this.#order++, owner, run, cancelled: false }
    this.#push(task)
    return () => {
      task.cancelled = true
    }
  }

  /** The world ends with this error; the first one counts. */
  fail(error: unknown): void {
    this.#failure ??= { error }
  }

  /** Until the virtual time, or until nothing is left to do. */
  run(until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          if (this.#failure) return reject(this.#failure.error)
          const task = this.#next(until)
          if (!task) {
            this.now = Math.max(this.now, until)
            return resolve()
          }
          this.now = task.at
          this.current = task.owner
          this.steps++
          task.run()
        } catch (error) {
          return reject(error)
        }
        // A tick that is asked for by a microtask comes after all microtasks, those that they add included.
        queueMicrotask(() => process.nextTick(step))
      }
      process.nextTick(step)
    })
  }

  #next(until: number): Task | undefined {
    for (;;) {
      const task = this.#heap[0]
      if (!task || task.at > until) return undefined
      this.#pop()
      if (task.cancelled || task.owner?.alive === false) continue
      const thaw = task.owner?.frozenUntil ?? 0
      if (thaw <= task.at) return task
      // In steps, since a freeze may end before its time.
      task.at = Math.min(thaw, task.at + 500)
      this.#push(task)
    }
  }

  #push(task: Task): void {
    const heap = this.#heap
    heap.push(task)
    for (let index = heap.length - 1; index > 0; ) {
      const parent = (index - 1) >> 1
      if (!isBefore(heap[index] as Task, heap[parent] as Task)) return
      swap(heap, index, parent)
      index = parent
    }
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Task
    if (heap.length === 0) return
    heap[0] = last
    for (let index = 0; ; ) {
      const left = 2 * index + 1
      const right = left + 1
      let first = index
      if (left < heap.length && isBefore(heap[left] as Task, heap[first] as Task)) first = left
      if (right < heap.length && isBefore(heap[right] as Task, heap[first] as Task)) first = right
      if (first === index) return
      swap(heap, index, first)
      index = first
    }
  }
}

const isBefore = (a: Task, b: Task): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

function swap(heap: Task[], a: number, b: number): void {
  const task = heap[a] as Task
  heap[a] = heap[b] as Task
  heap[b] = task
}
