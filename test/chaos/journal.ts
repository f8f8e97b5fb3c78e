import type { Outcome } from './repeating-client.ts'

/** A message that somebody asked for. Its first content is nobody else's. */
export interface Asked {
  readonly channel: string
  readonly author: string
  readonly content: string
  /** By a nonce or an Idempotency-Key. */
  readonly isOnce: boolean
  readonly invokedAt: number
  outcome: Outcome
  /** When it was acknowledged. */
  okAt: number
  id: string | undefined
  /** Other ids that repeats got: another create may happen once more for each try that nobody answered. */
  unanswered: number
  /** What it may say now. */
  contents: string[]
  deleted: 'no' | 'yes' | 'maybe'
  /** Of one emoji, by user. */
  readonly reactions: Map<string, 'in' | 'out' | 'maybe'>
  /** Nobody changes it any more: what became of a change is not known. */
  frozen: boolean
}

/** What was asked for, and what came of it as far as the answers tell. */
export class Journal {
  readonly messages: Asked[] = []
  /** By name. */
  readonly made = new Map<string, Pick<Asked, 'outcome' | 'id' | 'unanswered' | 'isOnce'>>()
  /** By channel: what its topic may be. */
  readonly topics = new Map<string, string[]>()
  /** By user: what the last join or leave came to. */
  readonly members = new Map<string, 'in' | 'out' | 'maybe'>()
  /** What was wrong with an answer already. */
  readonly violations: string[] = []
  operations = 0

  count(outcome: Outcome): number {
    return this.messages.filter((message) => message.outcome === outcome).length
  }
}
