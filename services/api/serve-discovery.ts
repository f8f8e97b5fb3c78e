import type { FastifyInstance } from 'fastify'

/** GET /.well-known/guildhall/client: where everything is, for clients that know no more than the server's name. */
export function serveDiscovery(
  app: FastifyInstance,
  { publicUrl, gatewayUrl }: { publicUrl: () => string; gatewayUrl: (host: string) => string },
): void {
  app.get('/.well-known/guildhall/client', { schema: { hide: true } }, async ({ headers, hostname }) => ({
    api: {
      baseUrl: `${publicUrl()}/api`,
      apiVersions: { default: '10', active: ['9', '10'] },
    },
    cdn: { baseUrl: publicUrl() },
    gateway: {
      baseUrl: gatewayUrl(headers.host ?? hostname),
      encoding: ['json'],
      compression: ['zlib-stream', 'zstd-stream'],
    },
  }))
}
