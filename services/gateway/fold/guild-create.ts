import { sightOf } from '#shared/domain/guild/access.ts'
import type { Guild, GuildChannel, Member } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import type { BucketMap } from '#shared/kernel/bucket-map.ts'
import { guildCreateExtras, guildObject, memberObject, sortedChannels } from '#shared/protocol/wire/guild.ts'
import { channelJson } from './channel-json.ts'
import type { Dispatch } from './dispatch.ts'
import type { SessionView } from './session-view.ts'

const NOBODY_MORE = '],"presences":[]}'

/**
 * GUILD_CREATE for one member: the guild as of `state`, with the channels that the member sees. Of the members of a large
 * one he is sent himself, and asks for the others; who is there is added by `withPresences`.
 */
export function guildCreate(
  state: GuildState,
  self: Member,
  { largeThreshold }: Pick<SessionView, 'largeThreshold'>,
): Dispatch {
  if (!state.guild) throw new Error('a guild that does not exist has no members')
  const large = state.members.size > largeThreshold
  const head = guildJson(state.guild, state.roles)
  const extras = JSON.stringify({ ...guildCreateExtras(state, self), large })
  const channels = inOrder(state.channels)
    .filter(sightOf(state, self))
    .map((channel) => channelJson(channel, state))
  const members = large ? JSON.stringify([memberObject(self)]) : membersJson(state.members)
  return {
    t: 'GUILD_CREATE',
    d: `${head.slice(0, -1)},${extras.slice(1, -1)},"channels":[${channels.join()}],"members":${members.slice(0, -1)}${NOBODY_MORE}`,
  }
}

/**
 * Who is there is none of the guild's state: it is put into what is made of that.
 * @param members those of them that it does not have
 */
export function withPresences(
  create: Dispatch,
  presences: readonly object[],
  members: readonly Member[],
): Dispatch {
  if (presences.length === 0) return create
  const more = members.map((member) => `,${JSON.stringify(memberObject(member))}`)
  const d = `${create.d.slice(0, -NOBODY_MORE.length)}${more.join('')}],"presences":${JSON.stringify(presences)}}`
  return { t: create.t, d }
}

/** Serialised once per state of the guild's own fields and roles, whoever it is sent to. */
const jsonOfGuild = new WeakMap<Guild, { readonly roles: GuildState['roles']; readonly json: string }>()

function guildJson(guild: Guild, roles: GuildState['roles']): string {
  const kept = jsonOfGuild.get(guild)
  if (kept?.roles === roles) return kept.json
  const json = JSON.stringify(guildObject(guild, roles.values()))
  jsonOfGuild.set(guild, { roles, json })
  return json
}

const orders = new WeakMap<GuildState['channels'], readonly GuildChannel[]>()

function inOrder(channels: GuildState['channels']): readonly GuildChannel[] {
  let order = orders.get(channels)
  if (!order) {
    order = sortedChannels(channels.values())
    orders.set(channels, order)
  }
  return order
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
