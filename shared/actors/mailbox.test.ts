import { expect, test } from 'vitest'
import { deferred } from '#shared/kernel/deferred.ts'
import { Mailbox } from './mailbox.ts'

test('handles one message at a time, in order, and refuses what does not fit', async () => {
  const gate = deferred<void>()
  const handled: number[] = []
  const box = new Mailbox<number>({
    capacity: 2,
    handle: async (message) => {
      if (message === 0) await gate.promise
      handled.push(message)
    },
    failed: () => {},
  })
  expect([0, 1, 2, 3].map((message) => box.push(message))).toEqual([true, true, true, false])
  expect(handled).toEqual([])
  gate.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  expect(handled).toEqual([0, 1, 2])
  expect(box.push(4)).toBe(true)
})

test('a throw is told to the supervisor and closes the mailbox', async () => {
  const failures: unknown[] = []
  const handled: number[] = []
  const box = new Mailbox<number>({
    capacity: 8,
    handle: async (message) => {
      if (message === 1) throw new Error('bug')
      handled.push(message)
    },
    failed: (error) => failures.push(error),
  })
  for (const message of [0, 1, 2]) box.push(message)
  await new Promise((resolve) => setImmediate(resolve))
  expect(handled).toEqual([0])
  expect(failures).toEqual([new Error('bug')])
  expect(box.push(3)).toBe(true)
  await new Promise((resolve) => setImmediate(resolve))
  expect(handled).toEqual([0])
})
