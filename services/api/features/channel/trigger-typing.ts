import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { memberObject } from '#shared/protocol/wire/guild.ts'
import type { ApiDeps } from '../../deps.ts'
import { isBlockedIn, isTooNew, may } from '../../scope.ts'

/** POST /channels/{channel_id}/typing: shown for ten seconds. */
export const triggerTyping = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/channels/:channel_id/typing',
    tag: 'channels',
    summary: 'Trigger typing indicator',
    access: 'verified',
    bucket: Buckets.typing,
    success: 204,
    schema: { params: Type.Object({ channel_id: Snowflake }) },
    handle: async ({ params, facts, caller }) => {
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      if (!may(scope.value, Permission.SEND_MESSAGES)) return refuse('MISSING_PERMISSIONS')
      if (isTooNew(scope.value, facts)) return refuse('VERIFICATION_LEVEL_TOO_HIGH')
      if (
        scope.value.kind === 'conversation' &&
        (await isBlockedIn(deps.database.db, scope.value, caller.id))
      )
        return refuse('CANNOT_MESSAGE_USER')
      const inGuild = scope.value.kind === 'guild_channel' ? scope.value : null
      deps.bus.publish('typing', {
        guild_id: inGuild?.guildId ?? null,
        channel_id: params.channel_id,
        user_id: caller.id,
        d: JSON.stringify({
          channel_id: params.channel_id,
          user_id: caller.id,
          timestamp: Math.floor(facts.now / 1_000),
          ...(inGuild ? { guild_id: inGuild.guildId, member: memberObject(inGuild.member) } : {}),
        }),
      })
      return ok(undefined)
    },
  })
