import { ClientModel, fetchedMessage } from '#test/support/client-model.ts'
import type { Account, Transcript } from '../world/client.ts'
import type { Rest } from '../world/rest.ts'
import { Violation } from '../world/violation.ts'
import { Flag, mayInChannel, type NaiveGuild } from './naive-guild.ts'
import { canonical, same } from './reference.ts'

// biome-ignore lint/suspicious/noExplicitAny: the wire's objects
type Json = any

/** State plus events is a fresh fetch [VIS-5]: for one guild, what a client believes and what the api answers. */
export async function checkFresh(
  rest: Rest,
  account: Account,
  transcript: Transcript,
  guildId: string,
  state: NaiveGuild,
): Promise<void> {
  const get = async (path: string, params: Record<string, string>, query: Record<string, string> = {}) => {
    const { answer } = await rest.once(account, { method: 'GET', path, params, query })
    return answer
  }
  const differ = (what: string, believed: unknown, fetched: unknown): never => {
    throw new Violation(
      'VIS-5',
      `${account.id} believes of ${what} ${JSON.stringify(believed)}, but it is ${JSON.stringify(fetched)}`,
    )
  }
  const model = new ClientModel(account.id, transcript.durable.map(({ t, d }) => ({ t, d })) as never)
  const believed = model.guild(guildId) as Json
  const guild = await get('/guilds/:guild_id', { guild_id: guildId })
  if (guild?.status !== 200) {
    if (believed) differ(guildId, believed, guild?.status)
    return
  }
  if (!believed) return differ(guildId, null, guild.body)
  if (believed.own.name !== guild.body.name) differ('the name', believed.own.name, guild.body.name)
  const lists = {
    roles: await get('/guilds/:guild_id/roles', { guild_id: guildId }),
    channels: await get('/guilds/:guild_id/channels', { guild_id: guildId }),
    members: await get('/guilds/:guild_id/members', { guild_id: guildId }, { limit: '1000' }),
  }
  for (const [name, answer] of Object.entries(lists)) {
    const fetched = [...(answer?.body ?? [])].map(comparable).sort()
    const own = believed[name].map(comparable).sort()
    if (!same(own, fetched)) differ(name, own, fetched)
  }
  for (const { id } of believed.channels.filter(({ type }: Json) => type === 0)) {
    const messages = new Map<string, Json>()
    for (let page: Json[] | undefined, before: object = {}; page?.length !== 0; ) {
      const answer = await get(
        '/channels/:channel_id/messages',
        { channel_id: id },
        { limit: '100', ...before },
      )
      page = answer?.status === 200 ? (answer.body as Json[]) : []
      for (const message of page) messages.set(message.id, message)
      before = { before: page.at(-1)?.id }
    }
    for (const [messageId, { channel_id }] of model.messages) {
      const reads = mayInChannel(state, account.id, id, Flag.READ_MESSAGE_HISTORY)
      if (channel_id !== id || !reads) continue
      const fetched = messages.get(messageId)
      if (!fetched) differ(messageId, model.message(messageId), 'gone')
      if (!same(model.message(messageId), fetchedMessage(fetched)))
        differ(messageId, model.message(messageId), fetchedMessage(fetched))
    }
  }
}

/** What events and fetches both tell of an entity, as text. */
function comparable({ last_message_id: _, guild_id: __, joined_at: ___, ...rest }: Json): string {
  return canonical(rest)
}
