import type { FastifyInstance } from 'fastify'
import type { Clock } from '#shared/kernel/clock.ts'
import { addPage } from '#shared/platform/http/page.ts'
import { serve } from '#shared/platform/http/serve.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { PresenceActor } from '#shared/platform/presence-actor.ts'
import { Repeating } from '#shared/platform/repeating.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { MessageSearch } from '#shared/ports/message-search.ts'
import type { PendingUploads } from '#shared/ports/pending-uploads.ts'
import type { LiveSessions } from '#shared/ports/session-store.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { CreateAttempts } from '#shared/store/create-attempts.ts'
import type { Database } from '#shared/store/database.ts'
import { GuildWriter } from '#shared/store/guild-writer.ts'
import type { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { expireKeptAnswers } from '#shared/store/postgres-kept-answers.ts'
import { ProfileChanges } from '#shared/store/profile-changes.ts'
import { Projections } from '#shared/store/projections.ts'
import { StructureCache } from '#shared/store/structure-cache.ts'
import { serveAttachments } from './attachments.ts'
import type { ApiDeps } from './deps.ts'
import { Images } from './images.ts'
import { AttachmentLinks } from './messages/attachment-links.ts'
import { MessageChanges } from './messages/message-changes.ts'
import { MessageCreation } from './messages/message-creation.ts'
import { MessageFiles } from './messages/message-files.ts'
import { MessagePresenter } from './messages/message-presenter.ts'
import { sweepNotices } from './messages/notices.ts'
import { UploadLinks } from './messages/upload-links.ts'
import { ProfileSpread } from './profile-spread.ts'
import { apiRoutes } from './routes.ts'
import { Scopes } from './scope.ts'
import { serveDiscovery } from './serve-discovery.ts'
import { serveImages } from './serve-images.ts'
import { sweepUploads } from './sweep-uploads.ts'
import { endTemporaryMemberships } from './temporary-members.ts'
import { serveUploads } from './uploads.ts'

const EXPIRY_MS = 60_000

interface Stores {
  readonly database: Database
  readonly log: EventLog
  readonly bus: Bus
  readonly presences: Pick<PresenceActor, 'online'>
  readonly timeline: TimelineStore
  readonly search: MessageSearch
  readonly blobs: BlobStore
  readonly pendingUploads: PendingUploads
  readonly appender: OutboxAppender
  readonly clock: Clock
  readonly logger: Logger
  readonly mostImageBytes: number
  readonly publicUrl: () => string
  readonly gatewayUrl: (host: string) => string
}

interface Options extends Stores {
  readonly http: FastifyInstance
  readonly liveSessions: LiveSessions
  readonly rateLimits: boolean
}

/** REST for everything but accounts. */
export async function addApi({
  http,
  rateLimits,
  liveSessions,
  ...stores
}: Options): Promise<{ stop(): Promise<void> }> {
  const deps = await apiDeps(stores)
  serve(http, apiRoutes(deps), rateLimits)
  serveAttachments(http, deps)
  serveImages(http, deps)
  serveDiscovery(http, stores)
  if (deps.uploadLinks instanceof UploadLinks)
    await serveUploads(http, { links: deps.uploadLinks, blobs: deps.blobs })
  await addPage(http, '/', 'index.html')
  const stopping = new AbortController()
  const { signal } = stopping
  const running = [
    deps.profiles.run(signal),
    sweepUploads(deps, signal),
    sweepNotices(deps, signal),
    endTemporaryMemberships({ ...deps, liveSessions }, signal),
    expireAnswers(deps, signal),
  ]
  return {
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}

function expireAnswers({ database, clock, logger }: ApiDeps, signal: AbortSignal): Promise<void> {
  const failed = (error: unknown) =>
    logger.warn({ err: error }, 'old answers were not deleted; it is tried again')
  const work = () => expireKeptAnswers(database.db)
  return new Repeating({ clock, pauseMs: EXPIRY_MS, work, failed }).run(signal)
}

/** What the endpoints are made of, on the given stores. */
export async function apiDeps(stores: Stores): Promise<ApiDeps> {
  const { database, log, timeline, blobs, pendingUploads, clock, logger, appender } = stores
  const secret = await database.db
    .selectFrom('instance_secrets')
    .select('value')
    .where('name', '=', 'links')
    .executeTakeFirstOrThrow()
  const signing = { secret: secret.value, clock, base: stores.publicUrl }
  const links = new AttachmentLinks(signing)
  const presenter = new MessagePresenter({ timeline, links, db: database.db })
  const projections = new Projections(database.pool)
  const guilds = new GuildWriter(database.db, appender)
  return {
    ...stores,
    projections,
    guilds,
    attempts: new CreateAttempts(database.db, clock),
    scopes: new Scopes(database.db, new StructureCache(database.db)),
    links,
    uploadLinks: blobs.links ?? new UploadLinks(signing),
    files: new MessageFiles({ db: database.db, blobs, pendingUploads }),
    images: new Images({ blobs, mostBytes: stores.mostImageBytes }),
    profiles: new ProfileSpread({
      jobs: new ProfileChanges(database.db),
      guilds,
      db: database.db,
      appender,
      clock,
      logger,
    }),
    presenter,
    creation: new MessageCreation({ log, timeline, presenter, clock, logger }),
    changes: new MessageChanges({ log, timeline, projections, clock }),
  }
}
