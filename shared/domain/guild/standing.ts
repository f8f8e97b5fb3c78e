import { type Standing, standing } from '#shared/domain/permissions/hierarchy.ts'
import type { Member } from './entities.ts'
import type { GuildState } from './guild-state.ts'

/** Where a member stands in the guild's hierarchy. */
export const standingOf = (state: GuildState, member: Member): Standing =>
  standing({
    guildId: state.guild?.id ?? '',
    ownerId: state.guild?.owner_id ?? '',
    userId: member.user.id,
    roles: member.roles.flatMap((id) => state.roles.get(id) ?? []),
  })
