import type { AuditEntry } from '#shared/domain/guild/audit-log.ts'

/** Parts that an entry does not have are left out, as Discord does. */
export const auditEntryObject = (entry: AuditEntry) => ({
  id: entry.id,
  action_type: entry.action_type,
  user_id: entry.user_id,
  target_id: entry.target_id,
  ...(entry.changes?.length ? { changes: entry.changes } : {}),
  ...(entry.options ? { options: entry.options } : {}),
  ...(entry.reason === undefined ? {} : { reason: entry.reason }),
})
