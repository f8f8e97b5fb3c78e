import type { Outcome } from './outcome.ts'
import type { World } from './world.ts'

export interface BenchOptions {
  /** Numbers of sessions to fan out to. */
  readonly sessions: readonly number[]
  /** Events in one burst. */
  readonly bursts: readonly number[]
  /** Undefined: as many as the scenario needs to be steady. */
  readonly rounds: number | undefined
  /** Few and short: to see whether it works. */
  readonly quick: boolean
  /** Profile the server even when the goals are met. */
  readonly profile: boolean
}

export interface Bench {
  readonly world: World
  readonly options: BenchOptions
  /** Progress. */
  readonly say: (line: string) => void
}

export interface Scenario {
  readonly name: string
  readonly describe: string
  run(bench: Bench): Promise<Outcome>
}
