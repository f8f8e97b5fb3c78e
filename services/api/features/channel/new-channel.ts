import type { Static } from 'typebox'
import { ChannelType, type GuildChannel } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import { type CreateChannelBody, withFields } from './channel-body.ts'

export const MOST_CHANNELS = 500

/**
 * The guild's next channel, with the category's overwrites unless others are given. `grantable`: what the actor may
 * allow and deny in these.
 */
export function newChannel(
  state: GuildState,
  id: string,
  body: Static<typeof CreateChannelBody>,
  grantable: bigint,
): Result<GuildChannel, ApiError> {
  const blank = {
    ...blankChannel(id, body.type ?? ChannelType.TEXT, '', null),
    position: state.channels.size,
  }
  const filled = withFields(state, blank, body, grantable)
  if (!filled.ok || body.permission_overwrites != null) return filled
  const parent = state.channels.get(filled.value.parent_id ?? '')
  return ok(parent ? { ...filled.value, permission_overwrites: parent.permission_overwrites } : filled.value)
}

export const blankChannel = (
  id: string,
  type: number,
  name: string,
  parentId: string | null,
): GuildChannel => ({
  id,
  type,
  name,
  topic: null,
  position: 0,
  nsfw: false,
  rate_limit_per_user: 0,
  bitrate: type === ChannelType.VOICE ? 64_000 : null,
  user_limit: type === ChannelType.VOICE ? 0 : null,
  parent_id: parentId,
  permission_overwrites: [],
  flags: 0,
  last_pin_timestamp: null,
})
