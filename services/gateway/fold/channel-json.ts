import type { GuildChannel } from '#shared/domain/guild/entities.ts'
import { guildChannelObject } from '#shared/protocol/wire/guild.ts'

/** Serialised once per entity, whoever it is sent to. */
const jsonOfChannel = new WeakMap<GuildChannel, string>()

export function channelJson(channel: GuildChannel, guildId: string): string {
  let json = jsonOfChannel.get(channel)
  if (!json) {
    json = JSON.stringify(guildChannelObject(channel, guildId, null))
    jsonOfChannel.set(channel, json)
  }
  return json
}
