import { ChannelType, type GuildChannel } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { guildChannelObject } from '#shared/protocol/wire/guild.ts'

/** Serialised once per entity and last message, whoever it is sent to. */
const jsonOfChannel = new WeakMap<GuildChannel, { readonly head: string | null; readonly json: string }>()

export function channelJson(channel: GuildChannel, state: GuildState): string {
  const head = state.heads.get(channel.id) ?? null
  const kept = jsonOfChannel.get(channel)
  if (kept?.head === head) return kept.json
  const object = guildChannelObject(channel, state.guild?.id ?? '')
  const json = JSON.stringify(
    channel.type === ChannelType.CATEGORY ? object : { ...object, last_message_id: head },
  )
  jsonOfChannel.set(channel, { head, json })
  return json
}
