import cassandra from 'cassandra-driver'
import { LostStore } from '#shared/kernel/lost-store.ts'

const { responseErrorCodes: codes } = cassandra.types

/** What a server answers that cannot do it now; that of a write, it may have been done. */
const PASSING = new Set([
  codes.serverError,
  codes.unavailableException,
  codes.overloaded,
  codes.isBootstrapping,
  codes.writeTimeout,
  codes.readTimeout,
  codes.readFailure,
  codes.writeFailure,
])

export class LostCql extends LostStore {
  override name = 'LostCql'

  constructor(cause: Error) {
    super(`the CQL store does not answer: ${cause.message.split('\n')[0]}`, { cause })
  }
}

/** The error to throw for one of the driver: other than a {@link LostCql}, it is a bug or a wrong setting. */
export function lostCql(error: unknown): unknown {
  const { NoHostAvailableError, OperationTimedOutError, BusyConnectionError, ResponseError } =
    cassandra.errors
  const isLost =
    error instanceof NoHostAvailableError ||
    error instanceof OperationTimedOutError ||
    error instanceof BusyConnectionError ||
    (error instanceof ResponseError && PASSING.has(error.code)) ||
    (error instanceof Error && 'isSocketError' in error)
  return isLost ? new LostCql(error as Error) : error
}
