import { memberNotes } from '#shared/domain/guild/audit-log.ts'
import { type EditRefusal, editedMember, type MemberEdit } from '#shared/domain/guild/edit-member.ts'
import type { Member } from '#shared/domain/guild/entities.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse, refuseField } from '#shared/platform/http/api-error.ts'
import type { RequestFacts } from '#shared/ports/request-facts.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { memberUpdate } from './member-update.ts'

interface Request {
  readonly params: { readonly guild_id: string }
  readonly facts: RequestFacts
  readonly caller: { readonly id: string }
  readonly auditReason: string | undefined
}

/** Changes a member as far as the caller may; one update is told of it, and none when nothing changes. */
export async function changeMember(
  deps: ApiDeps,
  request: Request,
  userId: string,
  edit: MemberEdit,
): Promise<Result<Member, ApiError>> {
  const { params, facts, caller } = request
  const scope = await deps.scopes.guild(facts)
  if (!scope.ok) return scope
  return toApi(
    await deps.guilds.write(params.guild_id, async (tx): Promise<Result<Member, ApiError>> => {
      const actor = await tx.member(caller.id)
      if (!actor) return refuse('MISSING_ACCESS')
      const member = await tx.member(userId)
      if (!member) return refuse('UNKNOWN_MEMBER')
      const edited = editedMember(tx.state, actor, member, edit, facts.now)
      if (!edited.ok) return refusalOf(edited.error)
      const notes = memberNotes(member, edited.value, tx.state.roles)
      if (notes.length === 0) return ok(member)
      await tx.emit(memberUpdate(params.guild_id, edited.value))
      await tx.audit(auditActor(request), notes)
      return ok(edited.value)
    }),
  )
}

function refusalOf(refusal: EditRefusal) {
  switch (refusal) {
    case 'missing_permissions':
      return refuse('MISSING_PERMISSIONS')
    case 'unknown_role':
      return refuse('UNKNOWN_ROLE')
    case 'invalid_role':
      return refuse('INVALID_ROLE')
    case 'not_in_voice':
      return refuse('NOT_IN_VOICE')
    case 'time_out_too_long':
      return refuseField(
        ['communication_disabled_until'],
        'DATE_TIME_TYPE_MAX',
        'A time-out lasts 28 days at the most.',
      )
  }
}
