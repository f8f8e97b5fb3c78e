import type { Clock } from '#shared/kernel/clock.ts'
import { ok } from '#shared/kernel/result.ts'
import type { Logger } from '#shared/platform/logger.ts'
import { Repeating } from '#shared/platform/repeating.ts'
import type { LiveSessions } from '#shared/ports/session-store.ts'
import type { Database } from '#shared/store/database.ts'
import type { GuildWriter } from '#shared/store/guild-writer.ts'
import { readTemporaryMembers } from '#shared/store/temporary-members.ts'
import { removeMember } from './features/member/member-removal.ts'

const SWEEP_MS = 30_000
/** Whoever joins may need so long to connect for the first time. */
const CONNECTS_WITHIN_MS = 120_000

interface Deps {
  readonly database: Database
  readonly guilds: GuildWriter
  readonly liveSessions: LiveSessions
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Who came by a temporary invite and has been given no role leaves when the last of his sessions has ended: when it can
 * be resumed no more. Several at once do no harm.
 */
export function endTemporaryMemberships(deps: Deps, signal: AbortSignal): Promise<void> {
  const { clock, logger } = deps
  const sweeping = new Repeating({
    clock,
    pauseMs: SWEEP_MS,
    work: () => sweepTemporaryMembers(deps),
    failed: (error) => logger.warn({ err: error }, 'temporary memberships were not ended; it is tried again'),
  })
  return sweeping.run(signal)
}

export async function sweepTemporaryMembers({ database, guilds, liveSessions, clock }: Deps): Promise<void> {
  const joinedBefore = new Date(clock.now() - CONNECTS_WITHIN_MS)
  for (const { guildId, userId } of await readTemporaryMembers(database.db, joinedBefore)) {
    if (await liveSessions.hasAny(userId)) continue
    await guilds.write(guildId, async (tx) => {
      const member = await tx.member(userId)
      if (member?.roles.length === 0) await removeMember(tx, member)
      return ok(undefined)
    })
  }
}
