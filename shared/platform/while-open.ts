import { type Clock, systemClock } from '#shared/kernel/clock.ts'

/** What openers of stores ask of a command: it says its troubles and closes in the order opposite to opening. */
export interface Opening {
  readonly clock: Clock
  readonly logger: { readonly warn: (line: string) => void }
  readonly onTrouble: (error: unknown) => void
  readonly onStop: (step: () => unknown) => void
}

/** Runs a command that opens stores and closes what it opened, whatever becomes of it. */
export async function whileOpen<T>(
  say: (line: string) => void,
  run: (opening: Opening) => Promise<T>,
): Promise<T> {
  const opened: (() => unknown)[] = []
  try {
    return await run({
      clock: systemClock,
      logger: { warn: say },
      onTrouble: (error) => say(String(error)),
      onStop: (step) => void opened.push(step),
    })
  } finally {
    for (const close of opened.reverse()) await close()
  }
}
