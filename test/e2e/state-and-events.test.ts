import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ClientModel, fetchedMessage } from '#test/support/client-model.ts'
import { eventually } from '#test/support/eventually.ts'
import { type Received, TestSession } from '#test/support/gateway-client.ts'
import { join, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { dataUri, longerPng, PNG } from '#test/support/pictures.ts'
import { newSeed, RandomOperations, seededRandom } from '#test/support/random-operations.ts'
import { ReadStateModel } from '#test/support/read-state-model.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

vi.setConfig({ testTimeout: 300_000 })

const OPERATIONS = 2_000
const WRITERS = 4
/** One operation of so many is about people, and not of the guild. */
const OF_PEOPLE = 5
const RESUME_EVERY = 100
const CONVERSATIONS = '/users/@me/channels'
const LAST_NAME = 'The end of names'

/** By each of these a new name is told, where no other tells it. */
const WHAT_TELLS_NAMES = ['GUILD_MEMBER_UPDATE', 'CHANNEL_UPDATE', 'RELATIONSHIP_ADD']

/** Events that one must not miss: `endWithEach` does what makes each of them count. */
const WHAT_STATE_IS_MADE_OF = [
  'GUILD_UPDATE',
  'GUILD_EMOJIS_UPDATE',
  'GUILD_ROLE_CREATE',
  'GUILD_ROLE_UPDATE',
  'GUILD_ROLE_DELETE',
  'GUILD_MEMBER_UPDATE',
  'CHANNEL_CREATE',
  'CHANNEL_UPDATE',
  'CHANNEL_DELETE',
  'CHANNEL_PINS_UPDATE',
  'MESSAGE_UPDATE',
  'MESSAGE_DELETE',
  'MESSAGE_REACTION_ADD',
  'RELATIONSHIP_ADD',
  'MESSAGE_ACK',
]

// biome-ignore lint/suspicious/noExplicitAny: the wire's objects
type Json = any

let server: TestServer
let owner: Person
let people: Person[]
let guild: { id: string; general: string }
let group: string
/** Another one, which people leave and join. */
let club: string
const saidInGroup: string[] = []
const directs = ['0']

beforeAll(async () => {
  server = await startServer()
  owner = await newPerson(server.http, 'owner')
  people = await Promise.all(['ada', 'bob', 'cy', 'di'].map((name) => newPerson(server.http, name)))
  guild = await newGuild(owner)
  for (const one of people) await join(owner, one, guild.general)
  const recipients = people.map(({ id }) => id)
  group = (await owner.expect('POST', CONVERSATIONS, { recipients })).id
  club = (await owner.expect('POST', CONVERSATIONS, { recipients })).id
})
afterAll(() => server.stop())

/**
 * Friends are asked for, accepted, refused, blocked; names change; a group is talked in and read, left and joined; two talk
 * directly and close that. What is refused is fine.
 */
async function somethingPersonal(random: () => number): Promise<void> {
  const pick = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T
  const [who, other] = [pick(people), pick(people)]
  const messages = `/channels/${group}/messages`
  const said = pick(['0', ...saidInGroup.slice(-5)])
  const path = `/users/@me/relationships/${other.id}`
  const requests: (readonly [string, string, object?])[] = [
    ['PUT', path, {}],
    ['PUT', path, {}],
    ['PUT', path, { type: 2 }],
    ['DELETE', path],
    ['PATCH', '/users/@me', { global_name: `Name ${Math.floor(random() * 1_000)}` }],
    [
      'PATCH',
      '/users/@me',
      { avatar: random() < 0.5 ? null : dataUri(longerPng(Math.floor(random() * 99))) },
    ],
    ['POST', CONVERSATIONS, { recipient_id: other.id }],
    ['POST', `/channels/${pick(directs)}/messages`, { content: 'between us' }],
    ['DELETE', `/channels/${pick(directs)}`],
    ['PATCH', `/channels/${club}`, { name: `Club ${Math.floor(random() * 1_000)}` }],
    ['DELETE', `/channels/${club}/recipients/${who.id}`],
    ['PUT', `/channels/${club}/recipients/${other.id}`],
    ['POST', messages, { content: `to <@${other.id}>` }],
    ['POST', messages, { content: 'to all' }],
    ['DELETE', `${messages}/${said}`],
    ['POST', `${messages}/${said}/ack`, { token: null }],
    ['POST', `${messages}/${said}/ack`, { token: null, manual: true, mention_count: 1 }],
  ]
  const [method, to, body] = pick(requests)
  const answer = await who.request(method, to, body)
  expect(answer.status).toBeLessThan(500)
  if (to === messages && answer.status === 200) saidInGroup.push(answer.body.id)
  if (to === CONVERSATIONS && answer.status === 200) directs.push(answer.body.id)
}

/** However chance had it: what is done last is a deed for each event that one must not miss, and no other event tells of it. */
async function endWithEach(): Promise<void> {
  const [ada, bob] = people as [Person, Person]
  const path = `/guilds/${guild.id}`
  const made = async (what: string): Promise<string[]> => {
    const bodies = ['kept', 'changed', 'deleted'].map((name) => ({ name, content: name }))
    const ids: string[] = []
    for (const body of bodies) ids.push((await owner.expect('POST', what, body)).id)
    return ids
  }
  // A guild's update has its roles and emojis in it: they come after it.
  await owner.expect('PATCH', path, { name: 'The end' })
  await owner.expect('POST', `${path}/emojis`, { name: 'the_end', image: dataUri(PNG) })
  await owner.expect('PATCH', `${path}/members/${ada.id}`, { nick: 'the end' })

  const [, changedRole, deletedRole] = await made(`${path}/roles`)
  await owner.expect('PATCH', `${path}/roles/${changedRole}`, { hoist: true })
  await owner.expect('DELETE', `${path}/roles/${deletedRole}`)

  const [, changedChannel, deletedChannel] = await made(`${path}/channels`)
  await owner.expect('PATCH', `/channels/${changedChannel}`, { topic: 'the end' })
  await owner.expect('DELETE', `/channels/${deletedChannel}`)

  const messages = `/channels/${guild.general}/messages`
  const [kept, changed, deleted] = await made(messages)
  await owner.expect('PUT', `${messages}/pins/${kept}`)
  await owner.expect('PATCH', `${messages}/${changed}`, { content: 'the end' })
  await owner.expect('DELETE', `${messages}/${deleted}`)
  await owner.expect('PUT', `${messages}/${kept}/reactions/${encodeURIComponent('👍')}/@me`)

  const { id } = await owner.expect('POST', `/channels/${group}/messages`, { content: 'the end' })
  await ada.expect('POST', `/channels/${group}/messages/${id}/ack`, { token: null })
  await ada.expect('PUT', `/users/@me/relationships/${bob.id}`, { type: 2 })
  await bob.expect('PATCH', '/users/@me', { global_name: LAST_NAME })
}

const byId = (list: Json[]): Json[] => [...list].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
const idOf = (one: Json): string => one.id ?? one.user.id

/** What a fetch and a new session say, compared with what the session believes: what is different, in words. */
async function differences(stream: readonly Received[], who: Person): Promise<string[]> {
  const problems: string[] = []
  const same = (what: string, believed: unknown, there: unknown) => {
    if (JSON.stringify(sortKeys(believed)) !== JSON.stringify(sortKeys(there)))
      problems.push(`${what}: ${JSON.stringify(believed)} is believed, ${JSON.stringify(there)} is there`)
  }
  const model = new ClientModel(who.id, stream)
  const newSession = await TestSession.identify(server.gateway, who.token)
  const fresh = new ClientModel(who.id, newSession.stream)
  await newSession.client.close()
  const entries: Json[] = newSession.stream[0]?.d.read_state.entries
  const entry = entries.find(({ id }) => id === group)
  const read = new ReadStateModel(who.id, stream).entries()[group]
  // Who has read nothing is not told where that begins.
  same('read state', read, read?.last_message_id === '0' ? { ...entry, last_message_id: '0' } : entry)
  const [believed, told] = [model, fresh].map((one) => one.guild(guild.id)) as [Json, Json]
  for (const part of ['roles', 'channels', 'members'])
    same(`new session, ${part}`, believed[part], told[part])
  same('new session', believed.own, told.own)
  const [personal, ofNew] = [model, fresh].map(personalOf) as [Personal, Personal]
  const users = byId([...personal.users.values()])
  same('new session, relationships', personal.relationships, ofNew.relationships)
  same('new session, conversations', personal.conversations, ofNew.conversations)
  same('new session, users', users, byId([...ofNew.users.values()]))
  same('users', users, byId(newSession.stream[0]?.d.users))

  const path = `/guilds/${guild.id}`
  const [fetched, roles, channels, emojis] = await Promise.all(
    ['', '/roles', '/channels', '/emojis'].map((end) => who.expect('GET', path + end)),
  )
  same('roles', believed.roles, byId(roles))
  same('channels', byId(believed.channels.map(withoutHead)), byId(channels.map(withoutHead)))
  for (const field of Object.keys(fetched).filter((name) => name in believed.own && name !== 'emojis'))
    same(field, believed.own[field], fetched[field])
  same('emojis', byId(believed.own.emojis), byId(emojis.map(withoutUser)))
  const relationships = await who.expect('GET', '/users/@me/relationships')
  same('relationships', personal.relationships, byId(relationships))
  same('conversations', personal.conversations, byId((await who.expect('GET', CONVERSATIONS)).map(inOrder)))

  const members = await owner.expect('GET', `${path}/members?limit=1000`)
  same('members', byId(believed.members), byId(members))
  for (const channel of channels.filter(({ type }: Json) => type === 0)) {
    const history = byId(await owner.expect('GET', `/channels/${channel.id}/messages?limit=100`))
    const known = history.filter(({ id }: Json) => model.messages.has(id))
    const mine = (message: Json) => (who === owner ? message : withoutMe(message))
    same(
      `messages of ${channel.name}`,
      known.map(({ id }: Json) => mine(model.message(id))),
      known.map((message: Json) => mine(fetchedMessage(message))),
    )
    const there = new Set(history.map(idOf))
    const oldest = history.length === 100 ? history[0].id : '0'
    for (const { id, channel_id } of model.messages.values())
      if (channel_id === channel.id && !there.has(id) && BigInt(id) > BigInt(oldest))
        problems.push(`message ${id} of ${channel.name} is believed, and is not there`)
    const { items } = await owner.expect('GET', `/channels/${channel.id}/messages/pins`)
    const pins = items.map(({ message }: Json) => message.id).filter((id: string) => model.messages.has(id))
    const pinned = [...model.messages.values()].filter((one) => one.channel_id === channel.id && one.pinned)
    same(`pins of ${channel.name}`, pinned.map(idOf).sort(), pins.sort())
  }
  return problems
}

const withoutHead = ({ last_message_id: _, ...channel }: Json): Json => channel
const withoutUser = ({ user: _, ...emoji }: Json): Json => emoji
const inOrder = ({ last_message_id: _, recipients, ...conversation }: Json): Json => ({
  ...conversation,
  recipients: byId(recipients),
})

interface Personal {
  readonly relationships: Json[]
  readonly conversations: Json[]
  /** Who they are about, as they say. */
  readonly users: Map<string, Json>
}

function personalOf(model: ClientModel): Personal {
  const relationships = byId([...model.relationships.values()])
  const conversations = byId([...model.conversations.values()].map(inOrder))
  const users = [...relationships.map(({ user }) => user), ...conversations.flatMap((one) => one.recipients)]
  return { relationships, conversations, users: new Map(users.map((user) => [user.id, user])) }
}

const withoutMe = (message: Json): Json => ({
  ...message,
  reactions: message.reactions.map(({ me: _, ...reaction }: Json) => reaction),
})
const sortKeys = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key])]),
  )
}

test('[VIS-1][VIS-5][RES-1][PRJ-4] after 2,000 operations what sessions believe is what there is', async () => {
  const random = seededRandom(newSeed('state and events'))
  const all = [owner, ...people]
  const sessions = await Promise.all(all.map(({ token }) => TestSession.identify(server.gateway, token)))
  const operations = new RandomOperations({ random, guild, owner, people })
  let done = 0
  const writers = Array.from({ length: WRITERS }, async () => {
    while (done < OPERATIONS) {
      const turn = ++done
      if (turn % OF_PEOPLE === 0) await somethingPersonal(random)
      else await operations.step()
      if (turn % RESUME_EVERY !== 0) continue
      const session = sessions[(turn / RESUME_EVERY) % sessions.length] as TestSession
      await session.cut()
      await session.resume(server.gateway)
    }
  })
  await Promise.all(writers)
  for (const one of people) await operations.comeBack(one)
  await endWithEach()
  console.log('refused, by status:', Object.fromEntries(operations.refusals))
  expect(operations.refusals.get(500)).toBeUndefined()

  // Jobs that follow names and bans are done a little later, and the last event after that.
  for (const [n, who] of all.entries()) {
    let problems: string[] = []
    await eventually(`what ${who.username} believes`, async () => {
      const session = sessions[n] as TestSession
      await session.heartbeat()
      problems = [...session.problems, ...(await differences(session.stream, who))]
      return problems.length === 0
    }).catch(() => {})
    expect(problems).toEqual([])
  }

  // Whoever had missed something would be found.
  const losses = [
    ...WHAT_STATE_IS_MADE_OF.map((type) => [type, ''] as const),
    ...WHAT_TELLS_NAMES.map((type) => [type, LAST_NAME] as const),
  ]
  for (const [missed, words] of losses) {
    const found: string[] = []
    for (const [n, who] of all.entries()) {
      const { stream } = sessions[n] as TestSession
      if (found.length > 0) break
      found.push(
        ...(await differences(
          stream.filter(({ t, d }) => t !== missed || !JSON.stringify(d).includes(words)),
          who,
        )),
      )
    }
    expect([missed, words, found.length]).not.toEqual([missed, words, 0])
  }
  await Promise.all(sessions.map(({ client }) => client.close()))
})
