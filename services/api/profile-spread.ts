import type { Clock } from '#shared/kernel/clock.ts'
import { ok } from '#shared/kernel/result.ts'
import type { Logger } from '#shared/platform/logger.ts'
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
  #wake = new AbortController()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Somebody has changed just now. */
  notify(): void {
    this.#wake.abort()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { jobs, clock, logger } = this.#deps
    signal.addEventListener('abort', () => this.notify(), { once: true })
    while (!signal.aborted) {
      this.#wake = new AbortController()
      try {
        for (let job = await jobs.take(); job; job = await jobs.take()) {
          await this.#work(job, signal)
          if (signal.aborted) return
        }
      } catch (error) {
        logger.error({ err: error }, 'guilds were not told of a change yet; it goes on from where it was')
      }
      if (!signal.aborted) await clock.sleep(POLL_MS, this.#wake.signal)
    }
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
