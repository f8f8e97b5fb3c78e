import type { Clock } from '#shared/kernel/clock.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { PresenceActor } from '#shared/platform/presence-actor.ts'
import type { BlobLinks, BlobStore } from '#shared/ports/blob-store.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { MessageSearch } from '#shared/ports/message-search.ts'
import type { PendingUploads } from '#shared/ports/pending-uploads.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import type { CreateAttempts } from '#shared/store/create-attempts.ts'
import type { Database } from '#shared/store/database.ts'
import type { GuildWriter } from '#shared/store/guild-writer.ts'
import type { OutboxAppender } from '#shared/store/outbox-appender.ts'
import type { Projections } from '#shared/store/projections.ts'
import type { Images } from './images.ts'
import type { AttachmentLinks } from './messages/attachment-links.ts'
import type { MessageChanges } from './messages/message-changes.ts'
import type { MessageCreation } from './messages/message-creation.ts'
import type { MessageFiles } from './messages/message-files.ts'
import type { MessagePresenter } from './messages/message-presenter.ts'
import type { ProfileSpread } from './profile-spread.ts'
import type { Scopes } from './scope.ts'

/** Everything the api's endpoints are made of; each takes the few that it needs. */
export interface ApiDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly database: Database
  readonly log: EventLog
  readonly bus: Bus
  readonly presences: Pick<PresenceActor, 'online'>
  readonly timeline: TimelineStore
  readonly search: MessageSearch
  readonly blobs: BlobStore
  readonly pendingUploads: PendingUploads
  readonly projections: Projections
  readonly appender: OutboxAppender
  readonly guilds: GuildWriter
  readonly attempts: CreateAttempts
  readonly scopes: Scopes
  readonly links: AttachmentLinks
  readonly uploadLinks: Pick<BlobLinks, 'upload'>
  readonly files: MessageFiles
  readonly images: Images
  readonly profiles: ProfileSpread
  readonly presenter: MessagePresenter
  readonly creation: MessageCreation
  readonly changes: MessageChanges
  readonly gatewayUrl: (host: string) => string
}
