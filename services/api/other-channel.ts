import { readRequestFacts } from '#shared/store/request-facts.ts'
import type { ApiDeps } from './deps.ts'
import type { ChannelScope } from './scope.ts'

/** A channel that the request's path does not name. undefined: the caller does not see it, or there is none. */
export async function otherChannel(
  { database, scopes }: Pick<ApiDeps, 'database' | 'scopes'>,
  tokenHash: Buffer,
  channelId: string,
): Promise<ChannelScope | undefined> {
  const query = { tokenHash, channelId, guildId: null, attempt: null }
  const facts = await readRequestFacts(database.pool, query)
  const scope = facts && (await scopes.channel(facts))
  return scope?.ok ? scope.value : undefined
}
