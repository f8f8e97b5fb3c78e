import { err, type Result } from '#shared/kernel/result.ts'
import type { Db, Tx } from './database.ts'

/** Carries a refusal out of the transaction, which it rolls back. */
class Refused extends Error {
  readonly refusal: unknown

  constructor(refusal: unknown) {
    super('refused')
    this.refusal = refusal
  }
}

/** What is decided in a transaction: a refusal changes nothing. */
export function decided<T, E>(db: Db, work: (tx: Tx) => Promise<Result<T, E>>): Promise<Result<T, E>> {
  return db
    .transaction()
    .execute(async (tx) => {
      const outcome = await work(tx)
      if (!outcome.ok) throw new Refused(outcome.error)
      return outcome
    })
    .catch((error): Result<T, E> => {
      if (error instanceof Refused) return err(error.refusal as E)
      throw error
    })
}
