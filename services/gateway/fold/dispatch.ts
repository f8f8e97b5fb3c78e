import type { DurableEvent } from '#shared/protocol/gateway-events.ts'

/** One durable dispatch: its name and the wire JSON of `d`. */
export interface Dispatch {
  readonly t: DurableEvent
  readonly d: string
}

/** Version of the rules by which dispatches are counted: a session counted by another one cannot be resumed [RES-6]. */
export const RULES_VERSION = 6
