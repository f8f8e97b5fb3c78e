import type { Selectable } from 'kysely'
import type { Invites } from '#db/generated-types.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import type { FoundInvite } from './invite-lookup.ts'

/** The invite as anybody who has the code may see it. */
export function inviteObject({ invite, state, inviter }: FoundInvite, memberCount: number) {
  const { guild } = state
  const channel = state.channels.get(invite.channel_id)
  return {
    type: 0,
    code: invite.code,
    guild_id: invite.guild_id,
    guild: guild && {
      id: guild.id,
      name: guild.name,
      icon: guild.icon,
      splash: null,
      banner: guild.banner,
      description: guild.description,
      features: guild.features,
      verification_level: guild.verification_level,
      vanity_url_code: null,
      nsfw_level: guild.nsfw_level,
      nsfw: false,
      premium_subscription_count: 0,
      premium_tier: 0,
    },
    channel: channel ? { id: channel.id, name: channel.name, type: channel.type } : null,
    ...(inviter ? { inviter: userObject(inviter) } : {}),
    expires_at: invite.expires_at ? timestamp(invite.expires_at.getTime()) : null,
    flags: 0,
    approximate_member_count: memberCount,
  }
}

/** What those who manage the channel see besides. */
export const inviteMetadata = (invite: Selectable<Invites>) => ({
  uses: invite.uses,
  max_uses: invite.max_uses,
  max_age: invite.max_age,
  temporary: invite.temporary,
  created_at: timestamp(invite.created_at.getTime()),
})
