import { Type } from 'typebox'
import { isTextual } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { MessageType, type StoredMessage } from '#shared/domain/message/stored-message.ts'
import { publicUser, type User } from '#shared/domain/user/user.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import { isBanned } from '#shared/store/bans.ts'
import { insertNotice, type Notice } from '#shared/store/notices.ts'
import { noteTemporary } from '#shared/store/temporary-members.ts'
import type { ApiDeps } from '../../deps.ts'
import { plainMessage } from '../../messages/message-creation.ts'
import { sayNotice } from '../../messages/notices.ts'
import { toApi } from '../../relational-refusals.ts'
import { isInTooManyGuilds } from '../member/guild-limit.ts'
import { memberAddition, newMember } from '../member/member-update.ts'
import { countMembers, findInvite } from './invite-lookup.ts'
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
          const notice = noticeOfArrival(tx.state, messageId, caller, facts.now)
          if (notice) await insertNotice(tx.tx, notice)
          return ok({ notice })
        }),
      )
      if (!joined.ok) return joined
      const shown = inviteObject(found, await countMembers(deps.database.db, invite.guild_id))
      if (!joined.value) return ok({ ...shown, new_member: false })
      if (joined.value.notice) await sayNotice(deps, joined.value.notice)
      return ok({ ...shown, new_member: true })
    },
  })

/** What the server says of who came, where its guild wants to be told; undefined: nowhere. */
function noticeOfArrival(
  { guild, channels }: GuildState,
  id: string,
  user: User,
  now: number,
): Notice | undefined {
  const channel = channels.get(guild?.system_channel_id ?? '')
  const isSilent = ((guild?.system_channel_flags ?? 0) & SUPPRESS_JOIN_NOTIFICATIONS) !== 0
  if (!channel || !isTextual(channel.type) || isSilent) return undefined
  const message = plainMessage({
    id,
    channel_id: channel.id,
    author: userObject(user) as unknown as StoredMessage['author'],
    timestamp: timestamp(now),
    type: MessageType.JOIN,
  })
  return { id, channel_id: channel.id, pin_id: null, message }
}
