import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { otherChannel } from '../../other-channel.ts'
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
    // Links that expire: a kept answer would give them when they have.
    isSecret: true,
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
  const scope = await otherChannel(deps, tokenHash, channelId)
  return scope !== undefined && may(scope, Permission.READ_MESSAGE_HISTORY)
}
