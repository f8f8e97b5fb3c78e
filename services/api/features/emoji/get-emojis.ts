import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { presentEmojis } from './emojis.ts'

/** GET /guilds/{guild_id}/emojis: in the order in which they were made. */
export const listEmojis = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/emojis',
    tag: 'emojis',
    summary: 'List guild emojis',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake }) },
    handle: async ({ facts }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const { permissions, state } = scope.value
      return ok(await presentEmojis(deps, permissions, state.guild?.emojis ?? []))
    },
  })

/** GET /guilds/{guild_id}/emojis/{emoji_id} */
export const getEmoji = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/emojis/:emoji_id',
    tag: 'emojis',
    summary: 'Get guild emoji',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake, emoji_id: Snowflake }) },
    handle: async ({ params, facts }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const { permissions, state } = scope.value
      const found = state.guild?.emojis.filter(({ id }) => id === params.emoji_id) ?? []
      const [emoji] = await presentEmojis(deps, permissions, found)
      return emoji ? ok(emoji) : refuse('UNKNOWN_EMOJI')
    },
  })
