/** What a figure is to reach: in this pass, and in the end. */
export interface Goal {
  readonly now?: number
  readonly final: number
}

/** Ratios to the floor, CPU-ms per operation, KB per session. */
export const GOALS = {
  unbatchedRatio: { now: 1.5, final: 1.25 },
  batchedRatio: { now: 3, final: 2 },
  /** Largest ratio over smallest, between the fewest sessions and the most. */
  growth: { final: 1.15 },
  post: { now: 2, final: 1 },
  getPage: { final: 0.8 },
  connect: { final: 1 },
  resume: { final: 2 },
  idleSession: { now: 8, final: 4 },
} as const satisfies Record<string, Goal>

export type Verdict = 'met' | 'met, the final goal missed' | 'missed'

export function verdictOf(reached: number, { now, final }: Goal): Verdict {
  if (reached <= final) return 'met'
  return now !== undefined && reached <= now ? 'met, the final goal missed' : 'missed'
}
