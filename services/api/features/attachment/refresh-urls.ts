import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { readRequestFacts } from '#shared/store/request-facts.ts'
import type { ApiDeps } from '../../deps.ts'
import { may } from '../../scope.ts'

/**
 * POST /attachments/refresh-urls: new links for old ones, expired or not. `refreshed` is null for what we did not
 * sign, and for channels whose history the caller may not read now.
 */
export const refreshUrls = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/attachments/refresh-urls',
    tag: 'attachments',
    summary: 'Refresh attachment URLs',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      body: Type.Object({
        attachment_urls: Type.Array(Type.String({ maxLength: 2048 }), { minItems: 1, maxItems: 50 }),
      }),
    },
    handle: async ({ body, tokenHash }) => {
      const targets = body.attachment_urls.map((original) => ({
        original,
        target: deps.links.read(original),
      }))
      const readable = new Map<string, boolean>()
      for (const { target } of targets)
        if (target && !readable.has(target.channelId))
          readable.set(target.channelId, await mayRead(deps, tokenHash, target.channelId))
      return ok({
        refreshed_urls: targets.map(({ original, target }) => ({
          original,
          refreshed: target && readable.get(target.channelId) ? deps.links.url(target.key) : null,
        })),
      })
    },
  })

async function mayRead(deps: ApiDeps, tokenHash: Buffer, channelId: string): Promise<boolean> {
  const query = { tokenHash, channelId, guildId: null, attempt: null }
  const facts = await readRequestFacts(deps.database.pool, query)
  const scope = facts && (await deps.scopes.channel(facts))
  return scope?.ok === true && may(scope.value, Permission.READ_MESSAGE_HISTORY)
}
