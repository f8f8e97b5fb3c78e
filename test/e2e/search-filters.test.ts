import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { Caller, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { PNG } from '#test/support/pictures.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const READ_MESSAGE_HISTORY = String(1 << 16)
const VIEW_CHANNEL = String(1 << 10)

let server: TestServer
let ada: Person
let bob: Person
let bot: Caller & { readonly id: string }
let home: { id: string; general: string }
let role: string
/** What was written in the guild's first channel, by what it is. */
let sent: Record<string, string>

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  home = await newGuild(ada)
  await join(ada, bob, home.general)
  const caller = new Caller(server.http, `Bot ${(await newBot(ada, home.id)).token}`)
  bot = Object.assign(caller, { id: (await caller.expect('GET', '/users/@me')).id })
  role = (await ada.expect('POST', `/guilds/${home.id}/roles`, { mentionable: true })).id
  const text = (content: string, more = {}) => say(ada, home.general, { content, ...more })
  const plain = await text('kettle, quietly')
  const file = (filename: string, content_type: string) =>
    say(ada, home.general, formOf(filename, content_type))
  sent = {
    plain,
    link: await text('kettle at https://www.Tea.example/pot?x, they say'),
    image: await file('My Pot.PNG', 'image/png'),
    video: await file('pour.mp4', 'video/mp4'),
    sound: await file('whistle.mp3', 'audio/mpeg'),
    paper: await file('recipe.pdf', 'application/pdf'),
    mention: await text(`kettle, <@${bob.id}>`),
    roles: await text(`kettle, <@&${role}>`),
    everyone: await text('kettle, @everyone'),
    reply: await say(bob, home.general, { content: 'kettle?', message_reference: { message_id: plain } }),
    embed: await say(bot, home.general, { embeds: [{ title: 'Kettle' }] }),
  }
  sent.forward = await say(bob, home.general, {
    message_reference: { type: 1, message_id: plain, channel_id: home.general },
  })
  await finds(ada, `min_id=${BigInt(plain) - 1n}`, Object.keys(sent))
})
afterAll(() => server.stop())

const say = async (by: Caller, channel: string, body: object): Promise<string> =>
  (await by.expect('POST', `/channels/${channel}/messages`, body)).id
function formOf(filename: string, type: string): FormData {
  const form = new FormData()
  form.set('files[0]', new Blob([PNG], { type }), filename)
  return form
}
const newest = async (by: Caller, channel: string): Promise<string> =>
  (await by.expect('GET', `/channels/${channel}/messages?limit=1`))[0].id
const guildSearch = () => `/guilds/${home.id}/messages/search`

async function look(as: Caller, query: string, path: string): Promise<{ total: number; found: string[] }> {
  const { body, status } = await as.request('GET', `${path}?${query}`)
  expect([query, status]).toEqual([query, 200])
  const names = new Map(Object.entries(sent).map(([name, id]) => [id, name]))
  const ids: string[] = body.messages.flat().map(({ id }: { id: string }) => id)
  return { total: body.total_results, found: ids.map((id) => names.get(id) ?? id) }
}
/** What is found, by its names, and that the count is of it. */
async function search(as: Caller, query: string, path = guildSearch()): Promise<string[]> {
  const { total, found } = await look(as, query, path)
  expect([query, total]).toEqual([query, found.length])
  return found
}
/** Whatever the order, as soon as the index has it. */
const finds = (as: Caller, query: string, names: readonly string[], path = guildSearch()) =>
  eventually(`a search for ${query} to find ${names}`, async () => {
    const { total, found } = await look(as, query, path)
    return total === names.length && found.sort().join() === [...names].sort().join()
  })

test('[PRJ-5] each filter finds what it names: any of its values, and all filters together', async () => {
  const files = ['image', 'video', 'sound', 'paper']
  const byBob = ['reply', 'forward']
  const since = `min_id=${BigInt(sent.plain as string) - 1n}`
  const cases: [query: string, found: string[]][] = [
    ['has=link', ['link']],
    ['has=embed', ['embed']],
    ['has=file', files],
    ['has=image', ['image']],
    ['has=video', ['video']],
    ['has=sound', ['sound']],
    ['has=snapshot', ['forward']],
    ['has=sticker', []],
    ['has=poll', []],
    ['has=link&has=image', ['link', 'image']],
    ['has=file&has=-image', ['video', 'sound', 'paper']],
    [`has=-poll&has=-sticker&${since}`, Object.keys(sent)],
    [
      'has=-file&has=-link&author_type=user&content=kettle',
      ['plain', 'mention', 'roles', 'everyone', 'reply'],
    ],
    [`author_type=bot&${since}`, ['embed']],
    [`author_type=-user&${since}`, ['embed']],
    ['author_type=-bot&mention_everyone=true', ['everyone']],
    ['author_type=webhook', []],
    [`author_id=${bob.id}&${since}`, byBob],
    [`author_id=${bob.id}&author_id=${bot.id}&${since}`, [...byBob, 'embed']],
    [`mentions=${bob.id}`, ['mention']],
    [`mentions=${bob.id}&mentions=${ada.id}`, ['mention', 'reply']],
    [`mentions_role_id=${role}`, ['roles']],
    ['mention_everyone=true&content=kettle', ['everyone']],
    [`mention_everyone=False&author_id=${bob.id}&${since}`, byBob],
    [`replied_to_user_id=${ada.id}`, ['reply']],
    [`replied_to_user_id=${bob.id}`, []],
    [`replied_to_message_id=${sent.plain}`, ['reply']],
    ['link_hostname=www.tea.example', ['link']],
    ['link_hostname=TEA.example&link_hostname=coffee.example', ['link']],
    ['link_hostname=example', []],
    ['attachment_filename=my_pot.png', ['image']],
    ['attachment_filename=recipe', ['paper']],
    ['attachment_extension=PNG&attachment_extension=mp3', ['image', 'sound']],
    ['embed_type=article', []],
    ['embed_provider=Nobody', []],
    ['content=they%20kettle&slop=2', []],
    ['content=kettle%20say&slop=100', ['link']],
    ['content=kettle%20say', ['link']],
    [`content=kettle&min_id=${sent.link}&max_id=${sent.roles}`, ['mention']],
    [`has=file&channel_id=${home.general}&limit=25&offset=0`, files],
    [`has=file&channel_id=${home.id}`, []],
  ]
  for (const [query, found] of cases) {
    expect([query, (await search(ada, query)).sort()]).toEqual([query, [...found].sort()])
    if (query.includes('channel_id')) continue
    const inChannel = `/channels/${home.general}/messages/search`
    expect([query, (await search(ada, query, inChannel)).sort()]).toEqual([query, [...found].sort()])
  }
  const answer = await ada.expect('GET', `${guildSearch()}?has=file&limit=1&offset=1`)
  expect(answer).toMatchObject({ total_results: 4, messages: [[{ id: sent.sound, hit: true }]] })
})

test('[PRJ-5] an edit changes what a message is found by, and a reply stays one', async () => {
  const message_reference = { message_id: sent.plain }
  const id = await say(bob, home.general, { content: 'edited https://first.example', message_reference })
  await finds(bob, 'link_hostname=first.example', [id])
  const at = `/channels/${home.general}/messages/${id}`
  await bob.expect('PATCH', at, { content: 'edited https://second.example' })
  await finds(bob, 'link_hostname=second.example', [id])
  expect(await search(bob, 'link_hostname=first.example')).toEqual([])
  expect(await search(bob, `replied_to_user_id=${ada.id}&content=edited`)).toEqual([id])
  await bob.expect('DELETE', at)
  await finds(bob, 'link_hostname=second.example', [])
})

test('what is pinned is found as such from that moment on, and no longer', async () => {
  const pin = `/channels/${home.general}/messages/pins/${sent.plain}`
  await ada.expect('PUT', pin)
  expect(await search(bob, 'pinned=true')).toEqual(['plain'])
  expect(await search(bob, 'pinned=false&content=quietly')).toEqual([])
  expect(await search(bob, 'pinned=true&content=elsewhere')).toEqual([])
  await ada.expect('DELETE', pin)
  expect(await search(bob, 'pinned=true')).toEqual([])
  expect(await search(bob, 'pinned=false&content=quietly')).toEqual(['plain'])
})

test('sorted by time, either way, or by relevance', async () => {
  const often = await say(ada, home.general, { content: 'oolong oolong oolong' })
  const once = await say(ada, home.general, { content: 'oolong, and then so many other things' })
  await finds(ada, 'content=oolong', [often, once])
  expect(await search(ada, 'content=oolong')).toEqual([once, often])
  expect(await search(ada, 'content=oolong&sort_by=timestamp&sort_order=asc')).toEqual([often, once])
  expect(await search(ada, 'content=oolong&sort_by=relevance')).toEqual([often, once])
})

test('age-restricted channels are searched when asked for, or named', async () => {
  const { id } = await ada.expect('POST', `/guilds/${home.id}/channels`, { name: 'late', nsfw: true })
  const late = await say(ada, id, { content: 'samovar' })
  await finds(ada, 'content=samovar&include_nsfw=true', [late])
  expect(await search(ada, 'content=samovar')).toEqual([])
  expect(await search(ada, 'content=samovar&include_nsfw=false')).toEqual([])
  expect(await search(ada, `content=samovar&channel_id=${id}`)).toEqual([late])
  expect(await search(ada, `content=samovar&channel_id=${id}&include_nsfw=0`)).toEqual([])
  const inIt = `/channels/${id}/messages/search`
  expect(await search(ada, 'content=samovar', inIt)).toEqual([late])
  expect(await search(ada, 'content=samovar&include_nsfw=false', inIt)).toEqual([])
  await ada.expect('PATCH', `/channels/${id}`, { nsfw: false })
  expect(await search(ada, 'content=samovar')).toEqual([late])
})

test('[VIS-7] whatever is asked for, only what the searcher may read is found and counted', async () => {
  const permission_overwrites = [{ id: home.id, type: 0, deny: VIEW_CHANNEL }]
  const { id } = await ada.expect('POST', `/guilds/${home.id}/channels`, {
    name: 'secret',
    permission_overwrites,
  })
  const message_reference = { message_id: await say(ada, id, { content: 'first' }) }
  const content = `cipher https://secret.example <@${bob.id}>`
  const secret = await say(ada, id, { content, message_reference })
  const hidden = await say(ada, id, formOf('cipher.txt', 'text/plain'))
  await ada.expect('PUT', `/channels/${id}/messages/pins/${secret}`)
  const queries: [query: string, found: string[]][] = [
    ['content=cipher', [secret]],
    ['content=cipher&sort_by=relevance', [secret]],
    ['content=cipher&slop=1', [secret]],
    ['link_hostname=secret.example', [secret]],
    ['pinned=true', [secret]],
    ['attachment_filename=cipher', [hidden]],
    [`mentions=${bob.id}&has=link`, [secret]],
    [`replied_to_message_id=${message_reference.message_id}`, [secret]],
    [`channel_id=${id}&has=link`, [secret]],
  ]
  for (const [query, found] of queries) {
    await finds(ada, query, found)
    expect([query, await search(bob, query)]).toEqual([query, []])
  }
  const all = `has=-poll&min_id=${message_reference.message_id}`
  await finds(ada, all, [secret, hidden, await newest(ada, id)])
  expect(await search(bob, all)).toEqual([])

  const inIt = `/channels/${id}/messages/search`
  const refused = await bob.request('GET', `${inIt}?content=cipher`)
  expect(refused).toMatchObject({ status: 403, body: { code: 50001 } })
  await ada.expect('PUT', `/channels/${id}/permissions/${bob.id}`, {
    type: 1,
    allow: VIEW_CHANNEL,
    deny: READ_MESSAGE_HISTORY,
  })
  expect(await search(bob, 'content=cipher', inIt)).toEqual([])
  expect(await search(bob, 'pinned=true', inIt)).toEqual([])
  expect(await search(ada, 'content=cipher', inIt)).toEqual([secret])
})

test('conversations are searched by those in them', async () => {
  const carl = await newPerson(server.http, 'carl')
  const direct = (await ada.expect('POST', '/users/@me/channels', { recipient_id: bob.id })).id
  const group = (await ada.expect('POST', '/users/@me/channels', { recipients: [bob.id, carl.id] })).id
  for (const channel of [direct, group]) {
    const path = `/channels/${channel}/messages/search`
    const word = await say(bob, channel, { content: 'https://teapot.example teapot' })
    const file = await say(ada, channel, formOf('teapot.txt', 'text/plain'))
    await finds(ada, 'content=teapot', [word], path)
    await finds(bob, 'link_hostname=teapot.example', [word], path)
    await finds(bob, 'has=file', [file], path)
    await ada.expect('PUT', `/channels/${channel}/messages/pins/${word}`)
    expect(await search(bob, 'pinned=1', path)).toEqual([word])
    const asCarl = await carl.request('GET', `${path}?content=teapot`)
    expect(asCarl.status).toBe(channel === group ? 200 : 403)
    expect(await search(ada, 'content=teapot')).toEqual([])
  }
  await carl.expect('DELETE', `/channels/${group}`)
  const gone = await carl.request('GET', `/channels/${group}/messages/search?content=teapot`)
  expect(gone).toMatchObject({ status: 403, body: { code: 50001 } })
})

test('[VIS-6] a bot without MESSAGE_CONTENT learns nothing of the content of others by searching', async () => {
  const { id: quietId } = await ada.expect('POST', `/guilds/${home.id}/channels`, { name: 'quiet' })
  const quiet = `/channels/${quietId}/messages/search`
  const form = formOf('strainer.png', 'image/png')
  form.set('payload_json', JSON.stringify({ content: 'strainer https://strainer.example' }))
  const others = await say(ada, quietId, form)
  const toIt = await say(ada, quietId, { content: `strainer https://strainer.example <@${bot.id}>` })
  const own = await say(bot, quietId, { content: 'strainer https://strainer.example' })
  const all = [own, toIt, others]
  await finds(bot, 'content=strainer', all, quiet)
  await bot.expect('PATCH', '/applications/@me', { flags: 0 })
  for (const query of ['content=strainer', 'has=link', 'link_hostname=strainer.example', 'has=-poll']) {
    expect([query, await search(bot, query, quiet)]).toEqual([query, [own, toIt]])
    expect([query, await search(bot, `${query}&channel_id=${quietId}`)]).toEqual([query, [own, toIt]])
  }
  for (const query of [
    'has=image',
    'attachment_filename=strainer',
    'attachment_extension=png',
    'embed_type=image',
  ])
    expect([query, await search(bot, query, quiet)]).toEqual([query, []])
  expect(await search(bot, `author_id=${ada.id}&mention_everyone=false`, quiet)).toEqual([toIt, others])
  const direct = (await bot.expect('POST', '/users/@me/channels', { recipient_id: ada.id })).id
  const spoken = await say(ada, direct, { content: 'strainer' })
  await finds(bot, 'content=strainer', [spoken], `/channels/${direct}/messages/search`)
  await bot.expect('PATCH', '/applications/@me', { flags: 1 << 19 })
  expect(await search(bot, 'content=strainer', quiet)).toEqual(all)
})

test('[HTTP-2] a value that a filter cannot have is refused by the name of the filter', async () => {
  const many = (name: string, count: number, of = '1') => Array(count).fill(`${name}=${of}`).join('&')
  const cases: [field: string, query: string][] = [
    ...['author_id', 'mentions', 'mentions_role_id', 'replied_to_user_id', 'replied_to_message_id'].flatMap(
      (name): [string, string][] => [
        [name, `${name}=me`],
        [name, `${name}=1&${name}=x`],
        [name, many(name, 101)],
      ],
    ),
    ['min_id', 'min_id=-1'],
    ['max_id', 'max_id=soon'],
    ['author_type', 'author_type=cat'],
    ['author_type', 'author_type=user&author_type=--bot'],
    ['has', 'has='],
    ['has', 'has=link&has=links'],
    ['embed_type', 'embed_type=rich'],
    ['embed_type', 'embed_type=-image'],
    ...['mention_everyone', 'pinned', 'include_nsfw'].map((name): [string, string] => [
      name,
      `${name}=maybe`,
    ]),
    ...['link_hostname', 'embed_provider', 'attachment_extension'].flatMap((name): [string, string][] => [
      [name, `${name}=${'x'.repeat(257)}`],
      [name, `${name}=`],
      [name, many(name, 101)],
    ]),
    ['attachment_filename', `attachment_filename=${'x'.repeat(1_025)}`],
    ['content', `content=${'x'.repeat(1_025)}`],
    ['slop', 'slop=101'],
    ['slop', 'slop=-1'],
    ['slop', 'slop=few'],
    ['sort_by', 'sort_by=age'],
    ['sort_order', 'sort_order=up'],
    ['limit', 'limit=26'],
    ['limit', 'limit=0'],
    ['offset', 'offset=9976'],
  ]
  const refusal = async (path: string, query: string) => {
    const { status, body } = await ada.request('GET', `${path}?${query}`)
    return [query, status, body.code, Object.keys(body.errors ?? {})]
  }
  for (const [field, query] of cases)
    for (const path of [guildSearch(), `/channels/${home.general}/messages/search`])
      expect(await refusal(path, query)).toEqual([query, 400, 50_035, [field]])
  for (const query of ['channel_id=x', many('channel_id', 501)])
    expect(await refusal(guildSearch(), query)).toEqual([query, 400, 50_035, ['channel_id']])
})
