import { Type } from 'typebox'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { type MentionQuery, readMentions } from '#shared/store/mentions.ts'
import type { ApiDeps } from '../../deps.ts'
import { otherChannel } from '../../other-channel.ts'
import { readFlag, readInteger } from '../../query.ts'
import { may } from '../../scope.ts'

const flag = Type.Optional(Type.String())

/** GET /users/@me/mentions: the messages that mention the caller, newest first, in channels whose history he may read. */
export const getMentions = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/users/@me/mentions',
    tag: 'read states',
    summary: 'Get recent mentions',
    access: 'verified',
    bucket: Buckets.search,
    schema: {
      query: Type.Object({
        before: Type.Optional(Snowflake),
        limit: Type.Optional(Type.String()),
        guild_id: Type.Optional(Snowflake),
        roles: flag,
        everyone: flag,
      }),
    },
    handle: async ({ query, facts, caller, tokenHash }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: 100, otherwise: 25 })
      if (!limit.ok) return limit
      const { before, guild_id = null, roles = 'true', everyone = 'true' } = query
      const messages = await readable(
        deps,
        { userId: caller.id, tokenHash },
        {
          // What is newer than the permission statements may be newer than the caller's right to see it.
          before: before && compareIds(before, facts.newId) < 0 ? before : facts.newId,
          limit: limit.value,
          guildId: guild_id,
          roles: readFlag(roles),
          everyone: readFlag(everyone),
        },
      )
      return ok(await deps.presenter.many(messages, caller))
    },
  })

/** Whether a channel may be read is asked once, and then it is left out by the query. */
async function readable(
  deps: ApiDeps,
  { userId, tokenHash }: { readonly userId: string; readonly tokenHash: Buffer },
  query: Omit<MentionQuery, 'withoutChannels'>,
): Promise<StoredMessage[]> {
  const { database, timeline } = deps
  const { limit } = query
  const channels = new Map<string, boolean>()
  const found: StoredMessage[] = []
  for (let { before } = query; ; ) {
    const withoutChannels = [...channels].filter(([, readable]) => !readable).map(([id]) => id)
    const keys = await readMentions(database.db, userId, { ...query, before, withoutChannels })
    for (const { channelId } of keys)
      if (!channels.has(channelId)) {
        const scope = await otherChannel(deps, tokenHash, channelId)
        channels.set(channelId, scope !== undefined && may(scope, Permission.READ_MESSAGE_HISTORY))
      }
    const seen = keys.filter(({ channelId }) => channels.get(channelId))
    found.push(...(await timeline.many(seen, userId)))
    const last = keys.at(-1)
    if (!last || keys.length < limit || found.length >= limit) return found.slice(0, limit)
    before = last.messageId
  }
}
