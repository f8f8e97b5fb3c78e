import { type Goal, verdictOf } from './goals.ts'
import type { SelfTime } from './profile.ts'

/** One line of the report. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** Lowest and highest round. */
  readonly spread?: string
  /** The same measured on the floor, in the same unit. */
  readonly floor?: number
  /** Median of the rounds' own ratios, since the machine drifts between rounds. */
  readonly ratio?: number
  /** About `ratio` where there is one, else about `value`. */
  readonly goal?: Goal
  /** Latencies, throughput, the CPU of others. */
  readonly beside?: string
}

/** What a scenario has found. */
export interface Outcome {
  readonly scenario: string
  /** How it was measured, for who reads the figures. */
  readonly how: string
  readonly figures: readonly Figure[]
  readonly profiles: readonly { readonly of: string; readonly top: readonly SelfTime[] }[]
}

export const reached = ({ ratio, value }: Figure): number => ratio ?? value

/** Is there a goal that this figure has not reached, be it the final one? */
export const isShort = (figure: Figure): boolean =>
  figure.goal !== undefined && verdictOf(reached(figure), figure.goal) !== 'met'
