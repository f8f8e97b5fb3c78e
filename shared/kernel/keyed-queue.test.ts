import { expect, test } from 'vitest'
import { deferred } from './deferred.ts'
import { KeyedQueue } from './keyed-queue.ts'

test('tasks of one key run one after another, those of others side by side', async () => {
  const queue = new KeyedQueue()
  const gate = deferred<void>()
  const order: string[] = []
  const first = queue.run('a', async () => {
    await gate.promise
    order.push('a1')
  })
  const second = queue.run('a', async () => void order.push('a2'))
  await queue.run('b', async () => void order.push('b1'))
  expect(order).toEqual(['b1'])
  gate.resolve()
  await Promise.all([first, second])
  expect(order).toEqual(['b1', 'a1', 'a2'])
})

test('a task that fails does not hold up the next, and nothing is kept', async () => {
  const queue = new KeyedQueue()
  const failing = queue.run('a', () => Promise.reject(new Error('no')))
  const next = queue.run('a', async () => 'yes')
  await expect(failing).rejects.toThrow('no')
  await expect(next).resolves.toBe('yes')
  await new Promise((resolve) => setImmediate(resolve))
  expect(queue.size).toBe(0)
})
