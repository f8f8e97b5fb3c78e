import type { ConfigOf } from '#config/schema.ts'
import { openNatsStores } from '#shared/adapters/open-nats.ts'
import type { Clock } from '#shared/kernel/clock.ts'

type Migration = ConfigOf<'migrate'>

/** Makes the streams that are missing and brings those that are there to the settings of this version. */
export async function migrateNats(
  { nats, gateway }: Migration,
  clock: Clock,
  say: (line: string) => void,
): Promise<void> {
  const { urls } = nats
  if (!urls) return
  const opened: (() => unknown)[] = []
  const service = {
    clock,
    logger: { warn: say },
    onTrouble: (error: unknown) => say(String(error)),
    onStop: (step: () => unknown) => void opened.push(step),
  }
  try {
    const { openRecords } = await openNatsStores('migrations', { ...nats, urls }, service)
    await openRecords(gateway.resumeWindowMs)
  } finally {
    for (const close of opened.reverse()) await close()
  }
}
