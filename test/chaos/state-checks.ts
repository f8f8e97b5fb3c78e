import { isDeepStrictEqual } from 'node:util'
import { ClientModel, fetchedMessage } from '#test/support/client-model.ts'
import { TestSession } from '#test/support/gateway-client.ts'
import type { Journal } from './journal.ts'
import type { RepeatingClient } from './repeating-client.ts'
import { channelsOf } from './stream-checks.ts'
import type { Town } from './town.ts'

// biome-ignore lint/suspicious/noExplicitAny: the wire's objects
type Json = any

/** The guild is as it was asked for, and what sessions believe is what a fetch and a new session say. */
export async function checkState(
  town: Town,
  client: RepeatingClient,
  gateway: string,
  journal: Journal,
  histories: ReadonlyMap<string, Json[]>,
  tell: (what: string) => void,
): Promise<void> {
  const { owner, guildId } = town
  const channels: Json[] = await client.read(owner, `/guilds/${guildId}/channels`)
  const roles: Json[] = await client.read(owner, `/guilds/${guildId}/roles`)
  const members: Json[] = await client.read(owner, `/guilds/${guildId}/members?limit=1000`)
  for (const [name, { outcome, id, unanswered, isOnce }] of journal.made) {
    const ids = [...channels, ...roles].filter((one) => one.name === name).map((one) => one.id)
    if (outcome === 'refused' ? ids.length > 0 : ids.length > (isOnce ? 1 : 1 + unanswered))
      tell(`${name} is there ${ids.length} times [I2]`)
    if (outcome === 'done' && !ids.includes(id)) tell(`${name} is lost [I1]`)
  }
  for (const [channel, topics] of journal.topics) {
    const topic = channels.find(({ id }) => id === channel)?.topic ?? ''
    if (!topics.includes(topic)) tell(`the topic is ${topic} and not ${topics.join(' or ')} [I1]`)
  }
  for (const [id, membership] of journal.members)
    if (members.some(({ user }) => user.id === id) !== (membership === 'in'))
      tell(`${id} is not ${membership} [I1]`)
  const tokens = new Map([owner, ...town.guests].map(({ id, token }) => [id, token]))
  for (const session of town.sessions) {
    const { name, userId, stream } = session
    const model = new ClientModel(userId, stream)
    const fresh = await TestSession.identify(gateway, tokens.get(userId) as string)
    if (!isDeepStrictEqual(model.guild(guildId), new ClientModel(userId, fresh.stream).guild(guildId)))
      tell(`${name} believes another guild than a new session is told [I7]`)
    await fresh.client.close()
    if (userId === owner.id) {
      const known = model.guilds.get(guildId)
      compareIds('channels', known?.channels, channels, tell)
      compareIds('roles', known?.roles, roles, tell)
      compareIds(
        'members',
        known?.members,
        members.map(({ user }) => user),
        tell,
      )
    }
    for (const channel of channelsOf(town, session)) {
      for (const message of histories.get(channel) ?? []) {
        if (!model.messages.has(message.id)) continue // told as not sent already
        // The owner fetched it: whether one has reacted is told to each for himself.
        const [told, fetched] = [model.message(message.id), fetchedMessage(message)].map((one) =>
          withoutMe(one),
        )
        if (!isDeepStrictEqual(told, fetched))
          tell(`${name} believes ${JSON.stringify(told)}, there is ${JSON.stringify(fetched)} [I7]`)
      }
      const there = new Set(histories.get(channel)?.map(({ id }) => id))
      for (const { id, channel_id, content } of model.messages.values())
        if (channel_id === channel && !there.has(id))
          tell(`${name} believes ${content}, which is not there [I7]`)
    }
  }
}

function compareIds(
  what: string,
  known: Map<string, Json> | undefined,
  listed: Json[],
  tell: (what: string) => void,
): void {
  const ids = listed.map(({ id }) => id).sort()
  if (!isDeepStrictEqual([...(known?.keys() ?? [])].sort(), ids))
    tell(`the owner's session believes other ${what} [I7]`)
}

const withoutMe = (message: Json): Json => ({
  ...message,
  reactions: message.reactions.map(({ me: _, ...reaction }: Json) => reaction),
})
