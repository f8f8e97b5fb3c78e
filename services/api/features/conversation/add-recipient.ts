import { Type } from 'typebox'
import { isRecipient, MOST_RECIPIENTS } from '#shared/domain/conversation/conversation-state.ts'
import { ChannelType } from '#shared/domain/guild/entities.ts'
import { MessageType } from '#shared/domain/message/stored-message.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import { isBlocked } from '#shared/store/blocks.ts'
import { readByWriting } from '#shared/store/read-states.ts'
import { lockUsers, readUsers } from '#shared/store/users.ts'
import type { ApiDeps } from '../../deps.ts'
import { changeGroup } from './change-group.ts'
import { isAnyInTooManyGroups } from './group-limit.ts'
import { openGroupWith } from './open-group.ts'

/**
 * PUT /channels/{channel_id}/recipients/{user_id}: by anybody in the group; who is in it already stays (204). In a direct
 * conversation, which stays as it is: a new group of the two and the third (201).
 */
export const addRecipient = (deps: ApiDeps) =>
  endpoint({
    method: 'PUT',
    path: '/channels/:channel_id/recipients/:user_id',
    tag: 'conversations',
    summary: 'Add group DM recipient',
    access: 'verified',
    bucket: Buckets.write,
    success: 201,
    creates: true,
    schema: {
      params: Type.Object({ channel_id: Snowflake, user_id: Snowflake }),
      // Of applications that act for somebody; there are none here.
      body: Type.Object({
        access_token: Type.Optional(Nullable(Type.String({ maxLength: 1_024 }))),
        nick: Type.Optional(Nullable(Type.String({ maxLength: 32 }))),
      }),
    },
    handle: async (request) => {
      const { params, facts, caller } = request
      const scope = await deps.scopes.channel(facts)
      if (!scope.ok) return scope
      if (scope.value.kind !== 'conversation') return refuse('WRONG_CHANNEL_TYPE')
      const { conversation } = scope.value
      if (conversation.type === ChannelType.DM) {
        if (isRecipient({ conversation }, params.user_id)) return ok(undefined)
        const others = conversation.recipients.map(({ id }) => id).filter((id) => id !== caller.id)
        return openGroupWith(deps, request, [...others, params.user_id])
      }
      return changeGroup(deps, params.channel_id, caller, async ({ tx, group, note }) => {
        // He cannot change before he is in the group, where a change is then told.
        await lockUsers(tx.tx, [params.user_id])
        const [user] = await readUsers(tx.tx, [params.user_id])
        if (!user) return refuse('UNKNOWN_USER')
        if (isRecipient({ conversation: group }, user.id)) return ok(undefined)
        if (user.bot) return refuse('INVALID_RECIPIENTS')
        if (await isBlocked(tx.tx, caller.id, [user.id])) return refuse('CANNOT_MESSAGE_USER')
        if (group.recipients.length >= MOST_RECIPIENTS) return refuse('TOO_MANY_RECIPIENTS')
        if (await isAnyInTooManyGroups(tx.tx, [user.id])) return refuse('TOO_MANY_GROUPS')
        const recipients = [...group.recipients, user].sort((a, b) => compareIds(a.id, b.id))
        const [now] = (await tx.newIds(1)) as [string]
        await readByWriting(tx.tx, { userId: user.id, channelId: group.id, messageId: now })
        const d = { channel_id: group.id, user: userObject(user) }
        await tx.emit('CHANNEL_RECIPIENT_ADD', { ...group, recipients }, d)
        await note({ type: MessageType.RECIPIENT_ADD }, [user])
        return ok(undefined)
      })
    },
  })
