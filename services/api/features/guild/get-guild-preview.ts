import { Type } from 'typebox'
import type { Guild } from '#shared/domain/guild/entities.ts'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { guildEmojiObject } from '#shared/protocol/wire/emoji.ts'
import type { ApiDeps } from '../../deps.ts'
import { memberCounts } from './member-counts.ts'

/** GET /guilds/{guild_id}/preview: to its members, as no guild is listed publicly. */
export const getGuildPreview = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/preview',
    tag: 'guilds',
    summary: 'Get guild preview',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake }) },
    handle: async ({ facts }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const { id, name, icon, description, features, emojis } = scope.value.state.guild as Guild
      return ok({
        id,
        name,
        icon,
        description,
        home_header: null,
        splash: null,
        discovery_splash: null,
        features,
        emojis: emojis.map(guildEmojiObject),
        stickers: [],
        ...(await memberCounts(deps, [id])).get(id),
      })
    },
  })
