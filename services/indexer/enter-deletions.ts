import { ok } from '#shared/kernel/result.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { parseSubject } from '#shared/protocol/subjects.ts'
import type { GuildWriter } from '#shared/store/guild-writer.ts'

/**
 * Deletions of messages commit in the log, which is before anything in Postgres can know of them: their entries in
 * audit logs follow from it. An entry has its id from the deletion, so a repeat enters nothing.
 */
export async function enterDeletions(guilds: GuildWriter, events: readonly LogEvent[]): Promise<void> {
  for (const event of events) {
    if (event.type !== 'MESSAGE_DELETE' && event.type !== 'MESSAGE_DELETE_BULK') continue
    const { audit } = event.facts
    if (!audit) continue
    // A guild that is gone has no audit log; what is not appended yet, the relay appends.
    await guilds.write(parseSubject(event.subject).id, async (tx) => ok(await tx.enter(audit)))
  }
}
