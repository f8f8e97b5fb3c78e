import { command } from '#config/command.ts'
import { environment } from '#config/environment.ts'
import { loadServiceConfig } from '#config/load.ts'
import { openNatsStores } from '#shared/adapters/open-nats.ts'
import { openProjections } from '#shared/adapters/open-projections.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import type { Position } from '#shared/kernel/ids.ts'
import { say } from '#shared/platform/terminal.ts'
import { whileOpen } from '#shared/platform/while-open.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { openServiceDatabase } from '#shared/store/open-service-database.ts'
import { Projections } from '#shared/store/projections.ts'

const HELP = `npm run search:reindex
Builds the search index of a cluster anew from the timeline, beside the one that serves, which it then takes the
place of: nobody notices. With the settings of the indexer. Needed after an upgrade that says so, or when the index was
lost; may be run at any time, and again when it was broken off.`

await command(import.meta.url, {
  help: HELP,
  run: async () => {
    const config = loadServiceConfig(environment, 'indexer')
    if (!config.ok) return config.error.map(({ key, problem }) => `${key} ${problem}`)
    return whileOpen(say, async (service) => {
      const database = await openServiceDatabase(config.value.postgres, service)
      const { timeline, search } = await openProjections(config.value, service)
      const { log } = await openNatsStores('reindex', config.value.nats, service)
      // What the timeline has confirmed is in it; what comes later reaches both indices.
      const { last } = await log.bounds()
      const at = await caughtUp(new Projections(database.pool), last)
      say(`from the timeline, which has everything up to position ${at}`)
      await search.rebuild(counted(timeline.scan()), at)
      say('the new index serves')
      return []
    }).catch((error: Error) => [
      `The index was not built: ${error.message}. The old one serves on; run it again.`,
    ])
  },
})

/** The position of the timeline, once the indexers have taken it to where the log ended. */
async function caughtUp(projections: Projections, end: Position): Promise<Position> {
  for (let said = 0; ; said++) {
    const position = await projections.position('timeline')
    if (position >= end) return position
    if (said % 10 === 0) say(`the timeline is at ${position} of ${end}; the indexers have to run …`)
    await systemClock.sleep(1_000)
  }
}

/** Passes messages on and says how far it is. */
async function* counted(pages: ReturnType<TimelineStore['scan']>): ReturnType<TimelineStore['scan']> {
  let count = 0
  let said = 0
  for await (const page of pages) {
    yield page
    count += page.length
    if (count - said < 10_000) continue
    said = count
    say(`${count} messages …`)
  }
  say(`${count} messages`)
}
