import { ChannelType, type GuildChannel } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { guildChannelObject } from '#shared/protocol/wire/guild.ts'

/** Serialised once per entity, whoever it is sent to; only the last message is put in anew. */
const jsonOfChannel = new WeakMap<GuildChannel, string>()

export function channelJson(channel: GuildChannel, state: GuildState): string {
  let json = jsonOfChannel.get(channel)
  if (!json) {
    json = JSON.stringify(guildChannelObject(channel, state.guild?.id ?? ''))
    jsonOfChannel.set(channel, json)
  }
  if (channel.type === ChannelType.CATEGORY) return json
  const head = state.heads.get(channel.id)
  return `${json.slice(0, -1)},"last_message_id":${head ? `"${head}"` : 'null'}}`
}
