import type { Member } from '#shared/domain/guild/entities.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import type { GuildEvent } from '#shared/store/guild-writer.ts'

/** A member leaves or is removed. */
export const memberRemoval = (guildId: string, member: Member): GuildEvent => ({
  type: 'GUILD_MEMBER_REMOVE',
  changes: [{ kind: 'member', id: member.user.id, value: null }],
  d: { guild_id: guildId, user: userObject(member.user) },
  userId: member.user.id,
})
