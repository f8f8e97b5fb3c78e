import { Type } from 'typebox'
import type { Conversation } from '#shared/domain/conversation/conversation-state.ts'
import { MessageType } from '#shared/domain/message/stored-message.ts'
import type { User } from '#shared/domain/user/user.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import type { ApiDeps } from '../../deps.ts'
import { changeGroup } from './change-group.ts'

/** DELETE /channels/{channel_id}/recipients/{user_id}: the owner removes others; everybody may leave. */
export const removeRecipient = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/channels/:channel_id/recipients/:user_id',
    tag: 'conversations',
    summary: 'Remove group DM recipient',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params: Type.Object({ channel_id: Snowflake, user_id: Snowflake }) },
    handle: async ({ params, facts, caller }) => {
      const scope = await deps.scopes.channel(facts)
      if (!scope.ok) return scope
      if (scope.value.kind !== 'conversation') return refuse('WRONG_CHANNEL_TYPE')
      const removed = await remove(deps, params.channel_id, caller, params.user_id)
      return removed.ok ? ok(undefined) : removed
    },
  })

/** An owner who leaves passes the group on to the oldest account in it. @returns the group as it was before */
export const remove = (
  deps: ApiDeps,
  channelId: string,
  actor: User,
  userId: string,
): Promise<Result<Conversation, ApiError>> =>
  changeGroup(deps, channelId, actor, async ({ tx, group, note }) => {
    if (userId !== actor.id && group.owner_id !== actor.id) return refuse('MISSING_PERMISSIONS')
    const user = group.recipients.find(({ id }) => id === userId)
    if (!user) return refuse('UNKNOWN_USER')
    const recipients = group.recipients.filter(({ id }) => id !== userId)
    const rest = { ...group, recipients }
    await tx.emit('CHANNEL_RECIPIENT_REMOVE', rest, { channel_id: group.id, user: userObject(user) })
    const [heir] = recipients
    if (!heir) return ok(group)
    if (group.owner_id === userId) await tx.emit('CHANNEL_UPDATE', { ...rest, owner_id: heir.id }, null)
    await note({ type: MessageType.RECIPIENT_REMOVE }, [user])
    return ok(group)
  })
