import type { Conversation } from '#shared/domain/conversation/conversation-state.ts'
import { conversationObject } from '#shared/protocol/wire/conversation.ts'
import { guildSettingsObject } from '#shared/protocol/wire/guild-settings.ts'
import { ownUserObject } from '#shared/protocol/wire/user.ts'
import type { Identity } from '#shared/store/identity-store.ts'
import type { Session } from './session.ts'

/** READY: guilds follow one by one. private_channels is not in the documentation, but eris needs it. */
export function ready(options: {
  readonly identity: Identity
  readonly session: Session
  readonly guildIds: readonly string[]
  /** A person's; bots are told of conversations as they open. */
  readonly conversations: readonly Conversation[]
  readonly resumeUrl: string
}): { t: 'READY'; d: string } {
  const { identity, session } = options
  const { session_id, shard } = session.record
  return {
    t: 'READY',
    d: JSON.stringify({
      v: 10,
      user: ownUserObject(identity.user),
      guilds: options.guildIds.map((id) => ({ id, unavailable: true })),
      session_id,
      session_type: 'normal',
      resume_gateway_url: options.resumeUrl,
      ...(shard ? { shard } : {}),
      ...(identity.application ? { application: identity.application } : {}),
      private_channels: options.conversations.map((conversation) =>
        conversationObject(conversation, identity.user.id, null),
      ),
      relationships: [],
      ...(identity.user.bot ? {} : { user_guild_settings: guildSettings(identity) }),
      presences: [],
      _trace: [],
    }),
  }
}

/** Of the guilds that he is in, and of conversations. */
const guildSettings = ({ guildIds, guildSettings: chosen }: Identity) =>
  chosen
    .filter(({ guild_id }) => guild_id === '0' || guildIds.includes(guild_id))
    .map(({ guild_id, version, settings }) =>
      guildSettingsObject(guild_id === '0' ? null : guild_id, version, settings),
    )
