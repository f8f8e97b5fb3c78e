import type { Position } from '#shared/kernel/ids.ts'

/** The end of the log as this process knows it: a log that is found behind it was restored or lost its tail [LOG-8]. */
export class JetStreamEnd {
  #highest = 0
  #rewound: string | undefined
  /** False while the connection is lost and until the log's end has been compared: nothing is appended then. */
  known = true

  get highest(): number {
    return this.#highest
  }

  /** Why nothing is appended any more. */
  get rewound(): string | undefined {
    return this.#rewound
  }

  saw(position: number): void {
    if (position > this.#highest) this.#highest = position
  }

  /** The log ends, or went on, at a position that had been given out before. @returns what to do about it */
  found(position: Position): string {
    this.#rewound ??=
      `the event log ends at ${position}, but ${this.#highest} was seen before: it was restored from an older copy. ` +
      'Run "npm run log:epoch:cluster" once to begin a new epoch; clients will then identify anew.'
    return this.#rewound
  }
}
