import type cassandra from 'cassandra-driver'
import { expect, test } from 'vitest'
import { RepeatTimeouts } from './repeat-timeouts.ts'

type Info = cassandra.policies.retry.OperationInfo
const [RETHROW, RETRY] = [0, 1]

test('a time-out is asked again at the same node, a lost node at another, and not for ever', () => {
  const policy = new RepeatTimeouts()
  const after = (nbRetry: number) => ({ nbRetry }) as Info
  for (const nbRetry of [0, 1]) {
    expect(policy.onReadTimeout(after(nbRetry))).toMatchObject({ decision: RETRY, useCurrentHost: true })
    expect(policy.onWriteTimeout(after(nbRetry))).toMatchObject({ decision: RETRY, useCurrentHost: true })
    expect(policy.onRequestError(after(nbRetry))).toMatchObject({ decision: RETRY, useCurrentHost: false })
  }
  expect(policy.onReadTimeout(after(2))).toEqual({ decision: RETHROW })
  expect(policy.onWriteTimeout(after(2))).toEqual({ decision: RETHROW })
  expect(policy.onRequestError(after(2))).toEqual({ decision: RETHROW })
})
