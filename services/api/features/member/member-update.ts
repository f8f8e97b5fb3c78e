import type { Member } from '#shared/domain/guild/entities.ts'
import { memberObject } from '#shared/protocol/wire/guild.ts'
import type { GuildEvent } from '#shared/store/guild-writer.ts'

export const memberUpdate = (guildId: string, member: Member): GuildEvent => ({
  type: 'GUILD_MEMBER_UPDATE',
  changes: [{ kind: 'member', id: member.user.id, value: member }],
  d: { guild_id: guildId, ...memberObject(member) },
  userId: member.user.id,
})

export const memberAddition = (guildId: string, member: Member): GuildEvent => ({
  type: 'GUILD_MEMBER_ADD',
  changes: [{ kind: 'member', id: member.user.id, value: member }],
  d: { guild_id: guildId, ...memberObject(member) },
  userId: member.user.id,
})

/** What somebody is as he joins. */
export const newMember = (user: Member['user'], joinedAt: string): Member => ({
  user,
  nick: null,
  avatar: null,
  roles: [],
  joined_at: joinedAt,
  deaf: false,
  mute: false,
  flags: 0,
  communication_disabled_until: null,
})
