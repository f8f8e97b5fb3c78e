import { isDeepStrictEqual } from 'node:util'
import type { Person } from '#test/support/people.ts'
import type { Asked, Journal } from './journal.ts'
import type { RepeatingClient } from './repeating-client.ts'
import { checkState } from './state-checks.ts'
import { channelsOf, checkOrder, checkStreams, created, USER_JOIN } from './stream-checks.ts'
import type { Town } from './town.ts'

/** Everything works again within so long after the last fault. */
const HEALED_MS = 30_000
/** The timeline and the index have what the log has. */
const PROJECTED_MS = 10_000
const POLL_MS = 100
const SEARCH_PAGE = 25
const MOST_SHOWN = 40

// biome-ignore lint/suspicious/noExplicitAny: the wire's objects
type Json = any

interface Options {
  readonly town: Town
  readonly journal: Journal
  readonly client: RepeatingClient
  readonly gateway: string
}

/** What does not hold after everything has healed, in words. Nobody writes meanwhile. */
export async function violations({ town, journal, client, gateway }: Options): Promise<string[]> {
  const found = [...journal.violations]
  const tell = (what: string) => void (found.length < MOST_SHOWN && found.push(what))
  const last = await sayGoodbye(town, client, journal)
  for (const session of town.sessions) {
    const due = channelsOf(town, session).map((channel) => last.get(channel) as string)
    const missing = await within(HEALED_MS, () => {
      const ids = new Set(created(session.stream).map(({ d }) => d.id))
      return due.filter((id) => !ids.has(id))
    })
    if (missing.length > 0)
      tell(`${session.name} was not told of the last messages within ${HEALED_MS} ms [I11]`)
    for (const problem of session.problems) tell(`${session.name} ${problem} [I4]`)
  }
  const channels = [...town.open, town.board, town.secret, town.direct]
  const histories = new Map<string, Json[]>()
  for (const channel of channels) histories.set(channel, await settled(town, client, journal, channel))
  for (const channel of channels) checkHistory(channel, histories.get(channel) as Json[], journal, tell)
  checkStreams(town, journal, histories, tell)
  await checkState(town, client, gateway, journal, histories, tell)
  await checkSearch(town, client, histories, tell)
  return found
}

/** A last message in each channel: who has it has everything before it. @returns their ids by channel */
async function sayGoodbye(
  town: Town,
  client: RepeatingClient,
  journal: Journal,
): Promise<Map<string, string>> {
  const last = new Map<string, string>()
  for (const channel of [...town.open, town.board, town.secret, town.direct]) {
    const content = `goodbye ${channel}`
    const invokedAt = performance.now()
    const body = { content, nonce: channel, enforce_nonce: true }
    const answer = await client.insist(town.owner, 'POST', `/channels/${channel}/messages`, body)
    if (answer.outcome !== 'done') throw new Error(`a last message was answered ${answer.status}`)
    last.set(channel, answer.body.id)
    journal.messages.push({
      channel,
      author: town.owner.id,
      content,
      isOnce: true,
      invokedAt,
      okAt: performance.now(),
      outcome: 'done',
      id: answer.body.id,
      unanswered: 0,
      contents: [content],
      deleted: 'no',
      reactions: new Map(),
      frozen: true,
    })
  }
  return last
}

/** The last that `missing` finds: nothing as soon as that is so. */
async function within(ms: number, missing: () => Json[] | Promise<Json[]>): Promise<Json[]> {
  const until = performance.now() + ms
  for (;;) {
    const left = await missing()
    if (left.length === 0 || performance.now() > until) return left
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** A channel's messages, oldest first, as soon as all that were acknowledged are there as they should be. */
async function settled(
  { owner }: Town,
  client: RepeatingClient,
  journal: Journal,
  channel: string,
): Promise<Json[]> {
  let history: Json[] = []
  const due = journal.messages.filter((message) => message.channel === channel && message.outcome === 'done')
  await within(PROJECTED_MS, async () => {
    history = await readHistory(owner, client, channel)
    const shown = new Map(history.map((message) => [message.id, message]))
    return due.filter((message) => wrongly(message, shown.get(message.id)) !== undefined)
  })
  return history
}

async function readHistory(who: Person, client: RepeatingClient, channel: string): Promise<Json[]> {
  const history: Json[] = []
  for (;;) {
    const after = history.at(-1)?.id ?? '0'
    const page: Json[] = await client.read(who, `/channels/${channel}/messages?limit=100&after=${after}`)
    history.push(...page.reverse())
    if (page.length < 100) return history
  }
}

/** What is wrong with how an acknowledged message is shown [I1]. */
function wrongly(message: Asked, shown: Json): string | undefined {
  const { content, deleted, contents, reactions } = message
  if (!shown) return deleted === 'no' ? `${content} is lost` : undefined
  if (deleted === 'yes') return `${content} is there, though it was deleted`
  if (!contents.includes(shown.content))
    return `${content} says ${shown.content} and not ${contents.join(' or ')}`
  const states = [...reactions.values()]
  const sure = states.filter((state) => state === 'in').length
  const possible = sure + states.filter((state) => state === 'maybe').length
  const count = shown.reactions?.[0]?.count ?? 0
  if (count >= sure && count <= possible) return undefined
  return `${content} has ${count} reactions and not ${sure} to ${possible}`
}

function checkHistory(
  channel: string,
  history: Json[],
  journal: Journal,
  tell: (what: string) => void,
): void {
  const shown = new Map(history.map((message) => [message.id, message]))
  if (shown.size < history.length) tell(`channel ${channel} shows a message twice [I1]`)
  const asked = journal.messages.filter((message) => message.channel === channel)
  for (const message of asked) {
    const wrong = message.outcome === 'done' && wrongly(message, shown.get(message.id))
    if (wrong) tell(`${wrong} [I1]`)
  }
  const byContent = new Map(
    asked.flatMap((message) => message.contents.concat(message.content).map((content) => [content, message])),
  )
  const copies = new Map<Asked, number>()
  for (const { id, type, content } of history) {
    if (type === USER_JOIN) continue
    const message = byContent.get(content)
    if (!message) tell(`${id} says ${content}, which nobody asked for [I2]`)
    else if (message.outcome === 'refused') tell(`${content.slice(0, 20)} was refused and is there [I2]`)
    else copies.set(message, (copies.get(message) ?? 0) + 1)
  }
  for (const [{ content, isOnce, unanswered }, count] of copies)
    if (count > (isOnce ? 1 : 1 + unanswered)) tell(`${content} is there ${count} times [I3]`)
  const order = asked
    .filter(({ id }) => id && shown.has(id))
    .sort((a, b) => (BigInt(a.id as string) < BigInt(b.id as string) ? -1 : 1))
  checkOrder(order, `history of ${channel}`, tell)
}

/** Search finds what is in history, and nothing else [I10]. */
async function checkSearch(
  { owner, guildId, open, board, secret }: Town,
  client: RepeatingClient,
  histories: ReadonlyMap<string, Json[]>,
  tell: (what: string) => void,
): Promise<void> {
  for (const channel of [...open, board, secret]) {
    const wanted = histories
      .get(channel)
      ?.filter(({ type }) => type !== USER_JOIN)
      .map(({ id, content }) => `${id} ${content}`)
    let found: string[] = []
    const differing = await within(PROJECTED_MS, async () => {
      found = await searched(owner, client, guildId, channel)
      return isDeepStrictEqual(found, wanted) ? [] : [channel]
    })
    if (differing.length > 0)
      tell(`search finds ${found.length} of the ${wanted?.length} messages of ${channel} [I10]`)
  }
}

async function searched(
  who: Person,
  client: RepeatingClient,
  guildId: string,
  channel: string,
): Promise<string[]> {
  const hits: Json[] = []
  for (;;) {
    const after = hits.at(-1)?.id ?? '0'
    const query = `channel_id=${channel}&sort_order=asc&limit=${SEARCH_PAGE}&min_id=${after}`
    const page = await client.read(who, `/guilds/${guildId}/messages/search?${query}`)
    if (!page.messages) return []
    hits.push(...page.messages.flat())
    if (page.messages.length < SEARCH_PAGE)
      return hits.filter(({ type }) => type !== USER_JOIN).map(({ id, content }) => `${id} ${content}`)
  }
}
