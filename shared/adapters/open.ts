import path from 'node:path'
import type pg from 'pg'
import type { Config } from '#config/schema.ts'
import { UPLOAD_SECONDS } from '#shared/domain/message/upload-limits.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { MessageSearch } from '#shared/ports/message-search.ts'
import type { PendingUploads } from '#shared/ports/pending-uploads.ts'
import type { SessionStore } from '#shared/ports/session-store.ts'
import type { SocketServer, SocketServerOptions } from '#shared/ports/socket-server.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { DiskBlobStore } from './blob-store/disk-blob-store.ts'
import { InProcessBus } from './bus/in-process-bus.ts'
import { openPostgresEventLog } from './event-log/postgres-event-log.ts'
import { DevInboxMailer } from './mailer/dev-inbox-mailer.ts'
import { PostgresMessageSearch } from './message-search/postgres-message-search.ts'
import { PostgresPendingUploads } from './pending-uploads/postgres-pending-uploads.ts'
import { PostgresSessionStore } from './session-store/postgres-session-store.ts'
import { listenSockets } from './socket-server/open-socket-server.ts'
import { PostgresTimelineStore } from './timeline-store/postgres-timeline-store.ts'

export interface Adapters {
  readonly log: EventLog
  readonly bus: Bus
  readonly records: SessionStore
  readonly timeline: TimelineStore
  readonly search: MessageSearch
  readonly blobs: BlobStore
  readonly pendingUploads: PendingUploads
  readonly mailer: DevInboxMailer
  readonly listen: (options: SocketServerOptions) => Promise<SocketServer>
  close(): Promise<void>
}

/** One implementation for each port, by the profile. */
export async function openAdapters(
  config: Config,
  shared: { pool: pg.Pool; postgresUrl: string; clock: Clock; onTrouble: (error: unknown) => void },
): Promise<Adapters> {
  const { pool, postgresUrl, clock, onTrouble } = shared
  switch (config.profile) {
    case 'standalone':
    case 'development': {
      const log = await openPostgresEventLog({ url: postgresUrl, clock, onTrouble })
      const bus = new InProcessBus(onTrouble)
      return {
        log,
        bus,
        records: new PostgresSessionStore(pool, clock, config.gateway.resumeWindowMs),
        timeline: new PostgresTimelineStore(pool),
        search: new PostgresMessageSearch(pool),
        blobs: new DiskBlobStore(path.join(config.dataDir, 'blobs')),
        pendingUploads: new PostgresPendingUploads(pool, UPLOAD_SECONDS),
        mailer: new DevInboxMailer(pool),
        listen: listenSockets,
        async close() {
          await log.close()
          await bus.close()
        },
      }
    }
  }
}
