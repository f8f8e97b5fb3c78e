import cassandra from 'cassandra-driver'

const { RetryPolicy } = cassandra.policies.retry
const REPEATS = 2

/**
 * A time-out tells nothing: it may have been done or not. Everything that is sent here may be done twice, a write
 * with the timestamp that it has, so it is asked again; where a node is lost or refuses, another one.
 */
export class RepeatTimeouts extends RetryPolicy {
  override onReadTimeout(info: cassandra.policies.retry.OperationInfo) {
    return this.#again(info, true)
  }

  override onWriteTimeout(info: cassandra.policies.retry.OperationInfo) {
    return this.#again(info, true)
  }

  override onRequestError(info: cassandra.policies.retry.OperationInfo) {
    return this.#again(info, false)
  }

  #again({ nbRetry }: cassandra.policies.retry.OperationInfo, sameNode: boolean) {
    // undefined: at the same consistency. The types do not know it.
    return nbRetry < REPEATS ? this.retryResult(undefined as never, sameNode) : this.rethrowResult()
  }
}
