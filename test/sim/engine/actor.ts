/** Whoever owns tasks: a process, or a client. A task of a dead one never runs, of a frozen one when it thaws. */
export interface Actor {
  readonly name: string
  readonly alive: boolean
  /** Virtual ms. */
  readonly frozenUntil: number
}
