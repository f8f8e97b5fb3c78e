import type { AuditActor } from '#shared/domain/guild/audit-log.ts'

/** Who stands in the audit log for what a request does. */
export const auditActor = (request: {
  readonly caller: { readonly id: string }
  readonly auditReason: string | undefined
}): AuditActor => ({ user_id: request.caller.id, reason: request.auditReason })
