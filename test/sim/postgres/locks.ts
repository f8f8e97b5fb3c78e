import { sqlError } from './values.ts'

/** As in Postgres for key share, no key update and update: two conflict when their sum is 2 or more. */
export const KEY_SHARE = 0
export const NO_KEY_UPDATE = 1
export const UPDATE = 2
export type LockLevel = typeof KEY_SHARE | typeof NO_KEY_UPDATE | typeof UPDATE

/** Who may hold locks, and may wait for one. */
export interface Locker {
  readonly locks: Set<Lock>
  waitsFor: Lock | undefined
}

interface Waiter {
  readonly locker: Locker
  readonly level: LockLevel
  readonly granted: () => void
}

interface Lock {
  readonly key: string
  readonly holders: Map<Locker, LockLevel>
  readonly waiters: Waiter[]
}

/** Row locks: held to the end of a transaction, given in the order in which they were asked for. */
export class Locks {
  readonly #locks = new Map<string, Lock>()

  /**
   * @returns undefined when the lock is held at once, else a promise of that; it stays open when the waiter leaves
   * @throws 40P01 when waiting would close a cycle
   */
  take(locker: Locker, key: string, level: LockLevel): Promise<void> | undefined {
    let lock = this.#locks.get(key)
    if (!lock) {
      lock = { key, holders: new Map(), waiters: [] }
      this.#locks.set(key, lock)
    }
    if (grantable(lock, locker, level)) {
      grant(lock, locker, level)
      return undefined
    }
    const wanted = lock
    if (waitsFor(wanted, locker, level, locker)) throw sqlError('40P01', `deadlock detected: ${key}`)
    locker.waitsFor = wanted
    return new Promise((granted) => {
      wanted.waiters.push({ locker, level, granted })
    })
  }

  holds(locker: Locker, key: string): boolean {
    return this.#locks.get(key)?.holders.has(locker) ?? false
  }

  release(locker: Locker, key: string): void {
    const lock = this.#locks.get(key)
    if (lock && locker.locks.delete(lock)) this.#leave(lock, locker)
  }

  releaseAll(locker: Locker): void {
    const { waitsFor } = locker
    if (waitsFor) {
      locker.waitsFor = undefined
      waitsFor.waiters.splice(
        waitsFor.waiters.findIndex((waiter) => waiter.locker === locker),
        1,
      )
    }
    const held = [...locker.locks]
    locker.locks.clear()
    for (const lock of held) this.#leave(lock, locker)
  }

  /** How many are held. */
  get count(): number {
    return this.#locks.size
  }

  /** How many wait. */
  get waiters(): number {
    let count = 0
    for (const lock of this.#locks.values()) count += lock.waiters.length
    return count
  }

  #leave(lock: Lock, locker: Locker): void {
    lock.holders.delete(locker)
    for (let index = 0; index < lock.waiters.length; ) {
      const waiter = lock.waiters[index] as Waiter
      if (!grantable(lock, waiter.locker, waiter.level)) {
        index++
        continue
      }
      lock.waiters.splice(index, 1)
      waiter.locker.waitsFor = undefined
      grant(lock, waiter.locker, waiter.level)
      waiter.granted()
    }
    if (lock.holders.size === 0) this.#locks.delete(lock.key)
  }
}

const conflicts = (a: LockLevel, b: LockLevel): boolean => a + b >= 2

function grantable(lock: Lock, locker: Locker, level: LockLevel): boolean {
  for (const [holder, held] of lock.holders) {
    if (holder !== locker && conflicts(held, level)) return false
  }
  return true
}

function grant(lock: Lock, locker: Locker, level: LockLevel): void {
  lock.holders.set(locker, Math.max(level, lock.holders.get(locker) ?? KEY_SHARE) as LockLevel)
  locker.locks.add(lock)
}

/** Would somebody who wants the lock wait, directly or through others, for the goal? */
function waitsFor(lock: Lock, locker: Locker, level: LockLevel, goal: Locker): boolean {
  for (const [holder, held] of lock.holders) {
    if (holder === locker || !conflicts(held, level)) continue
    if (holder === goal) return true
    const next = holder.waitsFor
    const waiting = next?.waiters.find((waiter) => waiter.locker === holder)
    if (next && waiting && waitsFor(next, holder, waiting.level, goal)) return true
  }
  return false
}
