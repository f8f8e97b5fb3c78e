import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'

const IDENTIFIES_A_DAY = 1_000

/** GET /gateway: where the gateway is. Libraries append their own query string. */
export const getGateway = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/gateway',
    tag: 'gateway',
    summary: 'Get gateway',
    access: 'anyone',
    bucket: Buckets.read,
    schema: {},
    handle: async ({ host }) => ok({ url: deps.gatewayUrl(host) }),
  })

/** GET /gateway/bot: with advice on shards; one serves any number of guilds here, and nobody counts Identifies. */
export const getGatewayBot = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/gateway/bot',
    tag: 'gateway',
    summary: 'Get gateway bot',
    access: 'verified',
    bucket: Buckets.read,
    schema: {},
    handle: async ({ host, caller }) => {
      if (!caller.bot) return refuse('ONLY_FOR_BOTS')
      const limit = {
        total: IDENTIFIES_A_DAY,
        remaining: IDENTIFIES_A_DAY,
        reset_after: 0,
        max_concurrency: 16,
      }
      return ok({ url: deps.gatewayUrl(host), shards: 1, session_start_limit: limit })
    },
  })
