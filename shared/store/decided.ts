import { err, type Result } from '#shared/kernel/result.ts'
import type { Db, Tx } from './database.ts'

/** An event of it is larger than the log takes for certain: committed, it could never be appended. */
export type EventTooLarge = { readonly code: 'event_too_large' }

/** Carries a refusal out of the transaction, which it rolls back. */
export class Refused extends Error {
  readonly refusal: unknown

  constructor(refusal: unknown) {
    super('refused')
    this.refusal = refusal
  }
}

/** What is decided in a transaction: a refusal changes nothing, however deep in `work` it comes from. */
export function decided<T, E>(
  db: Db,
  work: (tx: Tx) => Promise<Result<T, E>>,
): Promise<Result<T, E | EventTooLarge>> {
  return db
    .transaction()
    .execute(async (tx) => {
      const outcome = await work(tx)
      if (!outcome.ok) throw new Refused(outcome.error)
      return outcome
    })
    .catch((error): Result<T, E | EventTooLarge> => {
      if (error instanceof Refused) return err(error.refusal as E | EventTooLarge)
      throw error
    })
}
