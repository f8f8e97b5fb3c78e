import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClientModel } from '#test/support/client-model.ts'
import { killPostgres } from '#test/support/embedded-database.ts'
import { TestSession } from '#test/support/gateway-client.ts'
import { type Exchange, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { newSeed, seededRandom } from '#test/support/random-operations.ts'
import { RestartableProcess } from '#test/support/restartable-server.ts'

const KILLS = 20
const WRITERS = 20

let server: RestartableProcess

beforeAll(async () => {
  server = await RestartableProcess.start()
})
afterAll(() => server.dispose())

/** unknown: the connection broke, or the server could not say. */
type Outcome = 'done' | 'refused' | 'unknown'

interface Sent {
  readonly outcome: Outcome
  readonly id?: string
  /** Everything that the content may be now: after an edit of unknown outcome either. */
  contents: string[]
  /** Who has reacted, or may have. */
  readonly reactions: Map<string, Outcome>
}

/** What was asked for, and what came of it as far as the answers tell. */
class Ledger {
  readonly messages: Sent[] = []
  readonly channels = new Map<string, { readonly outcome: Outcome; readonly id?: string }>()
  /** What the last join or leave of each person came to. */
  readonly members = new Map<string, 'in' | 'out' | 'unknown'>()

  /** Messages that may be changed. */
  get done(): Sent[] {
    return this.messages.filter(({ outcome }) => outcome === 'done')
  }
}

async function attempt(
  who: Person,
  method: string,
  where: string,
  body?: unknown,
): Promise<Exchange | undefined> {
  return who.request(method, where, body).catch(() => undefined)
}

function outcomeOf(exchange: Exchange | undefined): Outcome {
  if (!exchange || exchange.status >= 500) return 'unknown'
  return exchange.status < 300 ? 'done' : 'refused'
}

const idOf = (exchange: Exchange | undefined) => (exchange?.body as { id?: string } | undefined)?.id

test('[LOG-10][OUT-5][LOG-3][PRJ-4] nothing that was acknowledged is lost, nothing is there twice, over 20 kills under load', async () => {
  const random = seededRandom(newSeed('kills'))
  const pick = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T
  const ada = await newPerson(server.http, 'ada')
  const guild = await newGuild(ada)
  const guests: Person[] = []
  for (let n = 0; n < 4; n++) guests.push(await newPerson(server.http, 'guest'))
  const { code } = await ada.expect('POST', `/channels/${guild.general}/invites`, { max_age: 0 })
  const ledger = new Ledger()
  // One who sees it all from the beginning, on the one session.
  const witness = await TestSession.identify(server.gateway, ada.token)
  const at = `/channels/${guild.general}/messages`
  let counter = 0

  const send = async () => {
    const content = `message ${++counter}`
    const nonce = `nonce ${counter}`
    const body = random() < 0.3 ? { content, nonce, enforce_nonce: true } : { content }
    let exchange = await attempt(ada, 'POST', at, body)
    if ('nonce' in body && random() < 0.5) exchange = (await attempt(ada, 'POST', at, body)) ?? exchange
    record(content, exchange)
    if ('nonce' in body && outcomeOf(exchange) === 'unknown') retries.push({ content, body })
  }
  const record = (content: string, exchange: Exchange | undefined) => {
    const id = idOf(exchange)
    const outcome = outcomeOf(exchange)
    ledger.messages.push({
      outcome,
      contents: [content],
      reactions: new Map(),
      ...(outcome === 'done' && id ? { id } : {}),
    })
  }
  /** Creates with a nonce whose outcome is not known: they are repeated after the restart. */
  let retries: { content: string; body: object }[] = []
  const busy = new Set<Sent>()
  const change = async (work: (message: Sent) => Promise<void>) => {
    const message = pick(ledger.done.slice(-40))
    if (!message || busy.has(message)) return
    busy.add(message)
    await work(message)
    busy.delete(message)
  }
  const edit = (message: Sent) => {
    const content = `edit ${++counter}`
    return attempt(ada, 'PATCH', `${at}/${message.id}`, { content }).then((exchange) => {
      const outcome = outcomeOf(exchange)
      if (outcome === 'done') message.contents = [content]
      else if (outcome === 'unknown') message.contents.push(content)
    })
  }
  const react = async (message: Sent) => {
    const who = pick([ada, ...guests])
    const exchange = await attempt(
      who,
      'PUT',
      `${at}/${message.id}/reactions/${encodeURIComponent('👍')}/@me`,
    )
    const outcome = outcomeOf(exchange)
    if (outcome !== 'refused' && message.reactions.get(who.id) !== 'done')
      message.reactions.set(who.id, outcome)
  }
  const makeChannel = async () => {
    const name = `channel-${++counter}`
    const exchange = await attempt(ada, 'POST', `/guilds/${guild.id}/channels`, { name })
    const id = idOf(exchange)
    ledger.channels.set(name, { outcome: outcomeOf(exchange), ...(id ? { id } : {}) })
  }
  const joinOrLeave = async () => {
    const who = pick(guests)
    if (ledger.members.get(who.id) === 'unknown') return
    const wasIn = ledger.members.get(who.id) === 'in'
    ledger.members.set(who.id, 'unknown')
    const exchange = wasIn
      ? await attempt(who, 'DELETE', `/users/@me/guilds/${guild.id}`)
      : await attempt(who, 'POST', `/invites/${code}`, {})
    if (outcomeOf(exchange) === 'done') ledger.members.set(who.id, wasIn ? 'out' : 'in')
  }
  const refused = async () => {
    const content = `refused ${++counter} `.padEnd(2_001, 'x')
    record(content, await attempt(ada, 'POST', at, { content }))
    const name = `refused-${counter}`
    const exchange = await attempt(ada, 'POST', `/guilds/${guild.id}/channels`, { name, type: 77 })
    ledger.channels.set(name, { outcome: outcomeOf(exchange) })
  }
  const write = () => {
    const dice = random()
    if (dice < 0.5) return send()
    if (dice < 0.66) return change(edit)
    if (dice < 0.82) return change(react)
    if (dice < 0.87) return makeChannel()
    if (dice < 0.96) return joinOrLeave()
    return refused()
  }

  for (const guest of guests) {
    await guest.expect('POST', `/invites/${code}`, {})
    ledger.members.set(guest.id, 'in')
  }
  let checked = '0'
  for (let kill = 1; kill <= KILLS; kill++) {
    let going = true
    const enough = ledger.messages.length + 10 + Math.floor(random() * 50)
    const writers = Array.from({ length: WRITERS }, async () => {
      while (going) {
        await write()
        if (ledger.messages.length >= enough && going) {
          going = false
          // Every other time with the database, in the middle of its writing.
          if (kill % 2 === 0) await killPostgres(server.dataDir)
          await server.kill()
        }
      }
    })
    await Promise.all(writers)
    await server.start()
    for (const { content, body } of retries) {
      const index = ledger.messages.findIndex(({ contents }) => contents[0] === content)
      const exchange = await ada.request('POST', at, body)
      expect([content, exchange.status]).toEqual([content, 200])
      ledger.messages[index] = {
        ...(ledger.messages[index] as Sent),
        outcome: 'done',
        id: exchange.body.id,
      }
    }
    retries = []
    await learnMembers(ada, guild.id, ledger)
    const history = await expectMessages(ada, at, ledger, checked)
    await expectChannels(ada, guild.id, ledger)
    await witness.resume(server.gateway)
    // The last round's messages may still be changed: they are looked at again.
    checked = history[Math.max(0, history.length - 200)]?.id ?? checked
  }

  const history = await expectMessages(ada, at, ledger, '0')
  await expectWitness(witness, ada, guild, history)
  const count = (outcome: Outcome) => ledger.messages.filter((message) => message.outcome === outcome).length
  console.log(`messages: ${count('done')} done, ${count('refused')} refused, ${count('unknown')} unknown`)
}, 400_000)

interface Shown {
  readonly id: string
  readonly type: number
  readonly content: string
  readonly reactions?: readonly { readonly count: number }[]
}

/** The channel's messages after an id, oldest first. */
async function readHistory(who: Person, at: string, after: string): Promise<Shown[]> {
  const found: Shown[] = []
  for (;;) {
    const page: Shown[] = await who.expect('GET', `${at}?limit=100&after=${found.at(-1)?.id ?? after}`)
    found.push(...page.reverse())
    if (page.length < 100) return found
  }
}

/** Each message once, as its answers said. */
async function expectMessages(who: Person, at: string, ledger: Ledger, after: string): Promise<Shown[]> {
  const wanted = ledger.done.map(({ id }) => id as string).filter((id) => BigInt(id) > BigInt(after))
  let history: Shown[] = []
  // What was killed before the timeline had it comes there within seconds [PRJ-4].
  const missing = async () => {
    history = await readHistory(who, at, after)
    const found = new Set(history.map(({ id }) => id))
    return wanted.filter((id) => !found.has(id))
  }
  await expect.poll(missing, { timeout: 10_000 }).toEqual([])
  const shown = new Map(history.map((message) => [message.id, message]))
  expect(shown.size).toBe(history.length)
  const known = new Set(ledger.done.map(({ id }) => id))
  for (const { id, contents, reactions } of ledger.done) {
    if (BigInt(id as string) <= BigInt(after)) continue
    const message = shown.get(id as string)
    expect(contents, `message ${id}`).toContain(message?.content)
    const outcomes = [...reactions.values()]
    const count = message?.reactions?.[0]?.count ?? 0
    expect(count).toBeGreaterThanOrEqual(outcomes.filter((outcome) => outcome === 'done').length)
    expect(count).toBeLessThanOrEqual(outcomes.length)
  }
  // What is there besides was asked for without an answer, and is there once.
  const possible = new Set(
    ledger.messages.filter(({ outcome }) => outcome === 'unknown').map(({ contents }) => contents[0]),
  )
  for (const { id, type, content } of history) {
    if (known.has(id) || type === JOIN) continue
    expect([content, possible.delete(content)]).toEqual([content, true])
  }
  return history
}

const JOIN = 7

async function expectChannels(who: Person, guildId: string, ledger: Ledger): Promise<void> {
  const channels: { id: string; name: string }[] = await who.expect('GET', `/guilds/${guildId}/channels`)
  for (const [name, { outcome, id }] of ledger.channels) {
    const ids = channels.filter((channel) => channel.name === name).map((channel) => channel.id)
    if (outcome === 'unknown') expect(ids.length).toBeLessThanOrEqual(1)
    else expect([name, ids]).toEqual([name, outcome === 'done' ? [id] : []])
  }
}

/** Memberships are as the last answers said; where there was none, the ledger learns which it is. */
async function learnMembers(who: Person, guildId: string, ledger: Ledger): Promise<void> {
  const members: { user: { id: string } }[] = await who.expect('GET', `/guilds/${guildId}/members?limit=1000`)
  const ids = members.map(({ user }) => user.id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const [id, membership] of ledger.members) {
    const found = ids.includes(id) ? 'in' : 'out'
    if (membership !== 'unknown') expect([id, found]).toEqual([id, membership])
    ledger.members.set(id, found)
  }
}

/** The one session was sent exactly what is there, and so is a new one. */
async function expectWitness(
  witness: TestSession,
  who: Person,
  guild: { id: string; general: string },
  history: readonly Shown[],
): Promise<void> {
  const { id } = await who.expect('POST', `/channels/${guild.general}/messages`, { content: 'over' })
  await witness.until(({ d }) => d.id === id)
  expect(witness.problems).toEqual([])
  const created = witness.stream.filter(({ t }) => t === 'MESSAGE_CREATE').map(({ d }) => d.id)
  expect(created.length).toBe(new Set(created).size)
  expect([...created].sort()).toEqual([...history.map((message) => message.id), id].sort())
  const model = new ClientModel(who.id, witness.stream)
  expect(history.map((message) => model.messages.get(message.id).content)).toEqual(
    history.map(({ content }) => content),
  )
  const fresh = await TestSession.identify(server.gateway, who.token)
  expect(model.guild(guild.id)).toEqual(new ClientModel(who.id, fresh.stream).guild(guild.id))
  const [channels, members] = await Promise.all([
    who.expect('GET', `/guilds/${guild.id}/channels`),
    who.expect('GET', `/guilds/${guild.id}/members?limit=1000`),
  ])
  const known = model.guilds.get(guild.id)
  const ids = (list: { id?: string; user?: { id: string } }[]) =>
    list.map((one) => one.id ?? one.user?.id).sort()
  expect([...(known?.channels.keys() ?? [])].sort()).toEqual(ids(channels))
  expect([...(known?.members.keys() ?? [])].sort()).toEqual(ids(members))
  await fresh.client.close()
  await witness.client.close()
}
