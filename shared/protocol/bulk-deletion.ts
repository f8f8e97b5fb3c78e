import type { AuditEntry } from '#shared/domain/guild/audit-log.ts'
import { type NewEvent, SCHEMAS } from './events.ts'
import { type Aggregate, messageSubject, subjectOf } from './subjects.ts'

/**
 * What deletes messages of one channel of a guild, to be appended as one batch: a deletion on the subject of each, so
 * that whoever changes it learns of it, and the one event that is dispatched, which comes last.
 */
export function bulkDeletion(
  guild: Aggregate,
  channelId: string,
  ids: readonly string[],
  audit?: AuditEntry,
): NewEvent[] {
  const deletions = ids.map(
    (id): NewEvent => ({
      subject: messageSubject(guild, id),
      type: 'MESSAGE_DELETE',
      schema: SCHEMAS.MESSAGE_DELETE,
      facts: { channel_id: channelId, message_id: id, silent: true },
      d: '',
    }),
  )
  return [
    ...deletions,
    {
      subject: subjectOf(guild),
      type: 'MESSAGE_DELETE_BULK',
      schema: SCHEMAS.MESSAGE_DELETE_BULK,
      facts: { channel_id: channelId, ids, ...(audit ? { audit } : {}) },
      d: JSON.stringify({ ids, channel_id: channelId, guild_id: guild.id }),
    },
  ]
}
