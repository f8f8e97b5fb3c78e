import { sees } from '#shared/domain/guild/access.ts'
import type { Member } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import type { BucketMap } from '#shared/kernel/bucket-map.ts'
import { guildCreateExtras, guildObject, memberObject, sortedChannels } from '#shared/protocol/wire/guild.ts'
import { channelJson } from './channel-json.ts'
import type { Dispatch } from './dispatch.ts'

/** Guilds up to this size come with all their members; of larger ones the session is sent itself and asks for the rest. */
const ALL_MEMBERS_UP_TO = 250

/** GUILD_CREATE for one member: the guild as of `state`, with the channels that the member sees. */
export function guildCreate(state: GuildState, self: Member): Dispatch {
  if (!state.guild) throw new Error('a guild that does not exist has no members')
  const head = JSON.stringify({
    ...guildObject(state.guild, state.roles.values()),
    ...guildCreateExtras(state, self),
  })
  const channels = sortedChannels(state.channels.values())
    .filter((channel) => sees(state, self, channel))
    .map((channel) => channelJson(channel, state))
  const members =
    state.members.size <= ALL_MEMBERS_UP_TO
      ? membersJson(state.members)
      : JSON.stringify([memberObject(self)])
  return {
    t: 'GUILD_CREATE',
    d: `${head.slice(0, -1)},"channels":[${channels.join()}],"members":${members},"presences":[]}`,
  }
}

/** Serialised once per state of the members, whoever it is sent to. */
const jsonOfMembers = new WeakMap<BucketMap<Member>, string>()

function membersJson(members: BucketMap<Member>): string {
  let json = jsonOfMembers.get(members)
  if (!json) {
    json = JSON.stringify([...members.values()].map(memberObject))
    jsonOfMembers.set(members, json)
  }
  return json
}
