import type { Clock } from '#shared/kernel/clock.ts'
import { ok } from '#shared/kernel/result.ts'
import type { Logger } from '#shared/platform/logger.ts'
import { Repeating } from '#shared/platform/repeating.ts'
import type { GuildWriter } from '#shared/store/guild-writer.ts'
import type { ProfileChange, ProfileChanges } from '#shared/store/profile-changes.ts'
import { memberUpdate } from './features/member/member-update.ts'

const POLL_MS = 1_000

interface Deps {
  readonly jobs: ProfileChanges
  readonly guilds: Pick<GuildWriter, 'write'>
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Tells each guild of a user who has changed what he is now: a member update in its chain. A job goes on after a crash
 * where it was, here or in another process.
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
        logger.error({ err: error }, 'guilds were not told of a change yet; it goes on from where it was'),
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
    const { jobs, guilds } = this.#deps
    for (const guildId of await jobs.guildIds(job)) {
      if (signal.aborted) return
      // What is committed and not in the log yet, the relay appends; a guild that is gone needs nothing.
      await guilds.write(guildId, async (guild) => {
        const member = await guild.member(job.user_id)
        if (member) await guild.emit(memberUpdate(guildId, member))
        return ok(undefined)
      })
      if (!(await jobs.progress(job, guildId))) return
    }
    await jobs.finish(job)
  }
}
