import { Type } from 'typebox'
import { isTextual } from '#shared/domain/guild/entities.ts'
import { MessageType, type StoredMessage } from '#shared/domain/message/stored-message.ts'
import { publicUser } from '#shared/domain/user/user.ts'
import { asSnowflake } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import { isBanned } from '#shared/store/bans.ts'
import { noteTemporary } from '#shared/store/temporary-members.ts'
import type { ApiDeps } from '../../deps.ts'
import { plainMessage } from '../../messages/message-creation.ts'
import { toApi } from '../../relational-refusals.ts'
import { isInTooManyGuilds } from '../member/guild-limit.ts'
import { memberAddition, newMember } from '../member/member-update.ts'
import { findInvite } from './invite-lookup.ts'
import { inviteObject } from './invite-object.ts'

const SUPPRESS_JOIN_NOTIFICATIONS = 1

/** POST /invites/{code}: people only; bots are added by their owner. Uses are counted exactly. */
export const acceptInvite = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/invites/:code',
    tag: 'invites',
    summary: 'Accept invite',
    access: 'verified',
    bucket: Buckets.creations,
    schema: { params: Type.Object({ code: Type.String() }) },
    handle: async ({ params, caller, facts }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const found = await findInvite(deps.database.db, params.code)
      if (!found) return refuse('UNKNOWN_INVITE')
      const { invite } = found
      const member = newMember(publicUser(caller), timestamp(facts.now))
      const joined = toApi(
        await deps.guilds.write(invite.guild_id, async (tx) => {
          if (await tx.member(caller.id)) return ok(null)
          if (!tx.state.channels.has(invite.channel_id)) return refuse('UNKNOWN_INVITE')
          if (await isBanned(tx.tx, invite.guild_id, caller.id)) return refuse('BANNED')
          if (await isInTooManyGuilds(tx.tx, caller.id)) return refuse('TOO_MANY_GUILDS')
          const used = await tx.tx
            .updateTable('invites')
            .set((on) => ({ uses: on('uses', '+', 1) }))
            .where('code', '=', invite.code)
            .where((on) => on.or([on('max_uses', '=', 0), on('uses', '<', on.ref('max_uses'))]))
            .returning('code')
            .executeTakeFirst()
          if (!used) return refuse('UNKNOWN_INVITE')
          const [messageId] = (await tx.newIds(1)) as [string]
          await tx.emit(memberAddition(invite.guild_id, member))
          if (invite.temporary) await noteTemporary(tx.tx, invite.guild_id, member)
          return ok({ messageId, state: tx.state })
        }),
      )
      if (!joined.ok) return joined
      const shown = inviteObject(
        invite,
        found.state,
        found.inviter,
        found.memberCount + (joined.value ? 1 : 0),
      )
      if (!joined.value) return ok({ ...shown, new_member: false })
      const { messageId, state } = joined.value
      const channel = state.channels.get(state.guild?.system_channel_id ?? '')
      const silent = ((state.guild?.system_channel_flags ?? 0) & SUPPRESS_JOIN_NOTIFICATIONS) !== 0
      if (channel && isTextual(channel.type) && !silent) {
        await deps.creation.create({
          aggregate: { kind: 'guild', id: asSnowflake(invite.guild_id) },
          channelType: channel.type,
          member,
          message: plainMessage({
            id: messageId,
            channel_id: channel.id,
            author: userObject(caller) as unknown as StoredMessage['author'],
            timestamp: timestamp(facts.now),
            type: MessageType.JOIN,
          }),
        })
      }
      return ok({ ...shown, new_member: true })
    },
  })
