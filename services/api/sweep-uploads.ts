import type { Clock } from '#shared/kernel/clock.ts'
import type { Logger } from '#shared/platform/logger.ts'
import { Repeating } from '#shared/platform/repeating.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'

const SWEEP_MS = 600_000
/** Long after the last moment at which it could become an attachment, whatever the store's clock says. */
const KEPT_MS = 3_600_000

interface Deps {
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly logger: Logger
}

/** Removes what clients uploaded and what, used or not, is no longer needed there. Several at once do no harm. */
export function sweepUploads({ blobs, clock, logger }: Deps, signal: AbortSignal): Promise<void> {
  const sweeping = new Repeating({
    clock,
    pauseMs: SWEEP_MS,
    async work() {
      const files = await blobs.removeOlder('uploads', clock.now() - KEPT_MS)
      if (files > 0) logger.info({ files }, 'old uploads were removed')
    },
    failed: (error) => logger.warn({ err: error }, 'old uploads could not be removed; it is tried again'),
  })
  return sweeping.run(signal)
}
