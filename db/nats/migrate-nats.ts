import type { ConfigOf } from '#config/schema.ts'
import { openNatsStores } from '#shared/adapters/open-nats.ts'
import { whileOpen } from '#shared/platform/while-open.ts'

type Migration = ConfigOf<'migrate'>

/** Makes the streams that are missing and brings those that are there to the settings of this version. */
export async function migrateNats({ nats, gateway }: Migration, say: (line: string) => void): Promise<void> {
  const { urls } = nats
  if (!urls) return
  await whileOpen(say, async (service) => {
    const { openRecords } = await openNatsStores('migrations', { ...nats, urls }, service)
    await openRecords(gateway.resumeWindowMs)
  })
}
