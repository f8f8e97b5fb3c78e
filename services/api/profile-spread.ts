import { isRecipient } from '#shared/domain/conversation/conversation-state.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { ok } from '#shared/kernel/result.ts'
import type { Logger } from '#shared/platform/logger.ts'
import { Repeating } from '#shared/platform/repeating.ts'
import { relationshipObject } from '#shared/protocol/wire/relationship.ts'
import { writeConversation } from '#shared/store/conversation-writer.ts'
import type { Db } from '#shared/store/database.ts'
import type { GuildWriter } from '#shared/store/guild-writer.ts'
import type { OutboxAppender } from '#shared/store/outbox-appender.ts'
import type { Concerned, ProfileChange, ProfileChanges } from '#shared/store/profile-changes.ts'
import { readRelationship } from '#shared/store/relationships.ts'
import { writeUsers } from '#shared/store/user-writer.ts'
import { memberUpdate } from './features/member/member-update.ts'

const POLL_MS = 1_000

interface Deps {
  readonly jobs: ProfileChanges
  readonly guilds: Pick<GuildWriter, 'write'>
  readonly db: Db
  readonly appender: OutboxAppender
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Tells all whom it concerns what a user is who has changed, by a link in the chain of each: his guilds, his conversations,
 * and those who have a relationship with him. A job goes on after a crash where it was, here or in another process.
 */
export class ProfileSpread {
  readonly #deps: Deps
  readonly #repeating: Repeating

  constructor(deps: Deps) {
    const { jobs, clock, logger } = deps
    this.#deps = deps
    this.#repeating = new Repeating({
      clock,
      pauseMs: POLL_MS,
      work: async (signal) => {
        while (!signal.aborted) {
          const job = await jobs.take()
          if (!job) return
          await this.#work(job, signal)
        }
      },
      failed: (error) =>
        logger.error({ err: error }, 'not all were told of a change of a user; it goes on from where it was'),
    })
  }

  /** Somebody has changed just now. */
  notify(): void {
    this.#repeating.notify()
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#repeating.run(signal)
  }

  async #work(job: ProfileChange, signal: AbortSignal): Promise<void> {
    const { jobs } = this.#deps
    for (const concerned of await jobs.concerned(job)) {
      if (signal.aborted) return
      // What is committed and not in the log yet, the relay appends; what is gone needs nothing.
      await this.#tell(concerned, job.user_id)
      if (!(await jobs.progress(job, concerned.id))) return
    }
    await jobs.finish(job)
  }

  /** Under the lock of whom it concerns the user is read anew: the last link is of the last change. */
  #tell({ kind, id }: Concerned, userId: string): Promise<unknown> {
    const { guilds, db, appender } = this.#deps
    switch (kind) {
      case 'guild':
        return guilds.write(id, async (guild) => {
          const member = await guild.member(userId)
          if (member) await guild.emit(memberUpdate(id, member))
          return ok(undefined)
        })
      case 'conversation':
        return writeConversation(db, appender, id, async (tx) => {
          if (isRecipient(tx, userId)) await tx.emit('CHANNEL_UPDATE', tx.conversation, null)
          return ok(undefined)
        })
      case 'user':
        return writeUsers(db, appender, [id], async (users) => {
          const relationship = await readRelationship(users.tx, id, userId)
          // Clients take it for one that is new, or has changed.
          if (relationship) await users.emit(id, 'RELATIONSHIP_ADD', relationshipObject(relationship))
          return ok(undefined)
        })
    }
  }
}
