import type { Conversation } from '#shared/domain/conversation/conversation-state.ts'
import type { Member } from '#shared/domain/guild/entities.ts'
import { RelationshipType } from '#shared/domain/user/relationship.ts'
import { ONLINE } from '#shared/protocol/presence-update.ts'
import { conversationObject } from '#shared/protocol/wire/conversation.ts'
import { memberWithoutUser } from '#shared/protocol/wire/guild.ts'
import { guildSettingsObject } from '#shared/protocol/wire/guild-settings.ts'
import { ownSessionObject } from '#shared/protocol/wire/own-session.ts'
import { relationshipObject } from '#shared/protocol/wire/relationship.ts'
import { ownUserObject, userObject } from '#shared/protocol/wire/user.ts'
import { userSettingsObject } from '#shared/protocol/wire/user-settings.ts'
import type { Identity } from '#shared/store/identity-store.ts'
import type { PersonalState } from '#shared/store/personal-state.ts'
import type { Dispatch } from '../fold/dispatch.ts'
import { ownsGuild } from '../fold/session-view.ts'
import type { GatewayCore } from './gateway-core.ts'
import { hearsOfFriends } from './meet-friends.ts'
import { presenceObject } from './presence-frames.ts'
import type { Session } from './session.ts'

interface Opening {
  readonly core: Pick<GatewayCore, 'presences'>
  readonly identity: Identity
  readonly session: Session
  readonly resumeUrl: string
}

/** READY of a bot: guilds follow one by one. private_channels is not in the documentation, but eris needs it. */
export function readyOfBot(opening: Opening, guildIds: readonly string[]): Dispatch {
  return {
    t: 'READY',
    d: JSON.stringify({
      ...common(opening),
      guilds: unavailable(guildIds),
      private_channels: [],
      relationships: [],
    }),
  }
}

/** What a person's session is in. */
export interface Entered {
  /** GUILD_CREATE of each, and his own membership; null: he does not ask for guilds. */
  readonly guilds: readonly { readonly create: Dispatch; readonly self: Member }[] | null
  readonly conversations: readonly Conversation[]
}

/** READY of a person: complete guilds, and what concerns him alone. */
export function readyOfPerson(
  opening: Opening,
  { guilds, conversations }: Entered,
  { relationships, readStates, heads }: PersonalState,
): Dispatch {
  const { identity, session, core } = opening
  const { id } = identity.user
  const { session_id, platform = 'web', presence = ONLINE } = session.record
  const others = [...relationships.map(({ user }) => user), ...conversations.flatMap((one) => one.recipients)]
  const friends = relationships.filter(({ type }) => type === RelationshipType.FRIEND)
  const presences = friends.flatMap(({ user }) => core.presences.get(user.id) ?? [])
  const users = new Map(others.filter((user) => user.id !== id).map((user) => [user.id, userObject(user)]))
  const head = JSON.stringify({
    ...common(opening),
    presences: hearsOfFriends(session.view) ? presences.map((presence) => presenceObject(presence)) : [],
    private_channels: conversations.map((conversation) =>
      conversationObject(conversation, id, heads.get(conversation.id) ?? null),
    ),
    users: [...users.values()],
    relationships: relationships.map(relationshipObject),
    read_state: {
      entries: readStates.map(({ version: _, ...entry }) => entry),
      partial: false,
      version: Math.max(0, ...readStates.map(({ version }) => version)),
    },
    user_guild_settings: guildSettings(identity),
    user_settings: userSettingsObject(identity.settings),
    sessions: [...core.presences.sessionsOf(id), { ...presence, session_id, platform }].map(ownSessionObject),
    merged_members: (guilds ?? []).map(({ self }) => [{ user_id: id, ...memberWithoutUser(self) }]),
  })
  const whole = guilds
    ? `[${guilds.map(({ create }) => create.d).join()}]`
    : JSON.stringify(unavailable(identity.guildIds.filter((guildId) => ownsGuild(session.view, guildId))))
  return { t: 'READY', d: `${head.slice(0, -1)},"guilds":${whole}}` }
}

function common({ identity, session, resumeUrl }: Opening) {
  const { session_id, shard } = session.record
  return {
    v: 10,
    user: ownUserObject(identity.user),
    session_id,
    session_type: 'normal',
    resume_gateway_url: resumeUrl,
    ...(shard ? { shard } : {}),
    ...(identity.application ? { application: identity.application } : {}),
    presences: [],
    _trace: [],
  }
}

const unavailable = (ids: readonly string[]) => ids.map((id) => ({ id, unavailable: true }))

/** Of the guilds that he is in, and of conversations. */
const guildSettings = ({ guildIds, guildSettings: chosen }: Identity) =>
  chosen
    .filter(({ guild_id }) => guild_id === '0' || guildIds.includes(guild_id))
    .map(({ guild_id, version, settings }) =>
      guildSettingsObject(guild_id === '0' ? null : guild_id, version, settings),
    )
