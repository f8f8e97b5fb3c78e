import { Client, GatewayIntentBits, type Message } from 'discord.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emitted } from '#test/support/emitted.ts'
import { type Caller, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const MISSING = 50_146
const ATTACH_FILES = String(1 << 15)
const NOBODY = '1000000000000000001'

let server: TestServer
let ada: Person
let bob: Person
let guild: { id: string; general: string }

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  guild = await newGuild(ada)
  await join(ada, bob, guild.general)
})
afterAll(async () => {
  await server.stop()
})

interface Announced {
  readonly id: string | number
  readonly upload_url: string
  readonly upload_filename: string
  readonly content_type: string
}

async function announce(by: Caller, channel: string, filename: string, size: number): Promise<Announced> {
  const body = { files: [{ filename, file_size: size }] }
  return (await by.expect('POST', `/channels/${channel}/attachments`, body)).attachments[0]
}

const put = ({ upload_url, content_type }: Announced, bytes: string, type = content_type) =>
  fetch(upload_url, { method: 'PUT', body: Buffer.from(bytes), headers: { 'content-type': type } })

async function uploaded(by: Caller, channel: string, bytes: string, filename = 'cat.png'): Promise<string> {
  const announced = await announce(by, channel, filename, Buffer.byteLength(bytes))
  expect((await put(announced, bytes)).status).toBe(200)
  return announced.upload_filename
}

const naming = (...names: string[]) => ({
  attachments: names.map((uploaded_filename, id) => ({ id: String(id), uploaded_filename })),
})

const send = (by: Caller, channel: string, body: unknown) =>
  by.request('POST', `/channels/${channel}/messages`, body)

const textOf = async (url: string) => (await fetch(url)).text()

async function refused(code: number, by: Caller, method: string, path: string, body?: unknown) {
  const exchange = await by.request(method, path, body)
  expect([exchange.status < 500, exchange.body.code]).toEqual([true, code])
}

describe('a file that its sender uploads himself', () => {
  test('is in the message, and discord.js sees it there', async () => {
    const { token } = await newBot(ada, guild.id)
    const client = new Client({
      intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
      rest: { api: `${server.http}/api` },
    })
    const ready = emitted(client, 'clientReady')
    await client.login(token)
    await ready
    const heard = emitted<[Message]>(client, 'messageCreate')
    const files = [{ id: '7', filename: 'ein Bär.png', file_size: 5, is_clip: false }]
    const { attachments } = (await client.rest.post(`/channels/${guild.general}/attachments`, {
      body: { files },
    })) as { attachments: [Announced] }
    expect(attachments).toEqual([
      {
        id: '7',
        upload_url: expect.stringMatching(/^http/),
        upload_filename: expect.any(String),
        content_type: 'image/png',
      },
    ])
    const [announced] = attachments
    expect((await put(announced, 'bytes')).status).toBe(200)
    const channel = await client.channels.fetch(guild.general)
    const { upload_filename: uploaded_filename } = announced
    await client.rest.post(`/channels/${guild.general}/messages`, {
      body: {
        content: 'look',
        attachments: [{ id: '0', filename: 'bear.png', uploaded_filename, description: 'a bear' }],
      },
    })
    const [message] = await heard
    const [attachment] = [...message.attachments.values()]
    expect(attachment).toMatchObject({
      name: 'bear.png',
      size: 5,
      contentType: 'image/png',
      description: 'a bear',
    })
    expect(await textOf(attachment?.url as string)).toBe('bytes')
    expect(channel?.isTextBased() && (await channel.messages.fetch(message.id)).attachments.size).toBe(1)
    await client.destroy()
  })

  test('may be in a direct message, may be empty, and keeps its cleaned name', async () => {
    const direct = await ada.expect('POST', '/users/@me/channels', { recipient_id: bob.id })
    const names = [
      await uploaded(ada, direct.id, '', '../ü b?.txt'),
      await uploaded(ada, direct.id, '{"a":1}', 'a.json'),
      await uploaded(ada, direct.id, 'x', 'unknown'),
    ]
    const { status, body } = await send(ada, direct.id, naming(...names))
    expect(status).toBe(200)
    expect(body.attachments).toMatchObject([
      { filename: '_ü_b_.txt', size: 0, content_type: 'text/plain' },
      { filename: 'a.json', size: 7, content_type: 'application/json' },
      { filename: 'unknown', size: 1, content_type: 'application/octet-stream' },
    ])
    const [message] = await bob.expect('GET', `/channels/${direct.id}/messages?limit=1`)
    expect(await textOf(message.attachments[1].url)).toBe('{"a":1}')
  })

  test('may come with files of the form, ten altogether', async () => {
    const form = (files: number, body: object) => {
      const data = new FormData()
      data.set('payload_json', JSON.stringify(body))
      for (let index = 0; index < files; index++) data.set(`files[${index}]`, new Blob([`${index}`]), 'f.txt')
      return data
    }
    const names = [await uploaded(bob, guild.general, 'one'), await uploaded(bob, guild.general, 'two')]
    await refused(30_015, bob, 'POST', `/channels/${guild.general}/messages`, form(9, naming(...names)))
    const { status, body } = await send(bob, guild.general, form(8, naming(...names)))
    expect(status).toBe(200)
    const texts = await Promise.all(body.attachments.map(({ url }: { url: string }) => textOf(url)))
    expect(texts).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', 'one', 'two'])

    const path = `/channels/${guild.general}/messages/${body.id}`
    const kept = body.attachments.map(({ id }: { id: string }) => ({ id }))
    const more = naming(await uploaded(bob, guild.general, 'more')).attachments
    await refused(30_015, bob, 'PATCH', path, form(1, { content: 'eleven' }))
    const edited = await bob.expect('PATCH', path, { attachments: [kept[0], kept[9], ...more] })
    expect(edited.attachments.map(({ size }: { size: number }) => size)).toEqual([1, 3, 4])
    const again = await bob.expect('PATCH', path, { attachments: [kept[0], kept[9], ...more] })
    expect(again.attachments.map(({ id }: { id: string }) => id)).toEqual(
      edited.attachments.map(({ id }: { id: string }) => id),
    )
  })

  test('cannot be changed any more once it is in a message', async () => {
    const announced = await announce(bob, guild.general, 'a.txt', 6)
    await put(announced, 'before')
    const { body } = await send(bob, guild.general, naming(announced.upload_filename))
    await put(announced, 'after!')
    expect(await textOf(body.attachments[0].url)).toBe('before')
    await refused(
      MISSING,
      bob,
      'POST',
      `/channels/${guild.general}/messages`,
      naming(announced.upload_filename),
    )
    expect(await textOf(body.attachments[0].url)).toBe('before')
  })

  test('is in one message at most, and a repeat by nonce finds that one', async () => {
    const name = await uploaded(bob, guild.general, 'raced')
    const raced = await Promise.all(Array.from({ length: 6 }, () => send(bob, guild.general, naming(name))))
    const outcomes = raced.map(({ status, body }) => (status === 200 ? 200 : body.code))
    expect(outcomes.filter((outcome) => outcome === 200).length).toBeLessThanOrEqual(1)
    expect(new Set(outcomes)).toEqual(new Set(outcomes.includes(200) ? [200, MISSING] : [MISSING]))

    const nonce = { nonce: 'once', enforce_nonce: true }
    const body = { ...naming(await uploaded(bob, guild.general, 'nonce')), ...nonce }
    const first = await send(bob, guild.general, body)
    expect(first.status).toBe(200)
    expect((await send(bob, guild.general, body)).body.id).toBe(first.body.id)
  })
})

describe('refused is', () => {
  test('what is not of the size and the type that were announced', async () => {
    const announced = await announce(bob, guild.general, 'a.png', 5)
    for (const [bytes, type] of [
      ['1234', 'image/png'],
      ['123456', 'image/png'],
      ['', 'image/png'],
      ['12345', 'text/html'],
    ] as const)
      expect([bytes, type, (await put(announced, bytes, type)).status]).toEqual([bytes, type, 403])
    const other = await announce(bob, guild.general, 'a.png', 5)
    const upload_url = announced.upload_url.replace(announced.upload_filename, other.upload_filename)
    expect((await put({ ...announced, upload_url }, '12345')).status).toBe(403)
    expect((await fetch(announced.upload_url)).status).toBeGreaterThanOrEqual(400)
    for (const { upload_filename } of [announced, other])
      await refused(MISSING, bob, 'POST', `/channels/${guild.general}/messages`, naming(upload_filename))
  })

  test('an upload of somebody else, for elsewhere, named twice, or of nobody', async () => {
    const { id: elsewhere } = await ada.expect('POST', `/guilds/${guild.id}/channels`, { name: 'elsewhere' })
    const adas = await uploaded(ada, guild.general, 'hers')
    const bobs = await uploaded(bob, guild.general, 'his')
    const there = await uploaded(bob, elsewhere, 'there')
    const messages = `/channels/${guild.general}/messages`
    for (const names of [
      [adas],
      [there],
      [bobs, bobs],
      [bobs, adas],
      [NOBODY],
      [''],
      ['../x'],
      ['9'.repeat(30)],
    ])
      await refused(MISSING, bob, 'POST', messages, { content: 'x', ...naming(...names) })
    expect((await send(bob, guild.general, naming(bobs))).status).toBe(200)
    expect((await send(ada, guild.general, naming(adas))).status).toBe(200)
  })

  test('who may not attach files there, and what is too large or too much', async () => {
    const overwrite = [{ id: guild.id, type: 0, deny: ATTACH_FILES }]
    const fields = { name: 'no-files', permission_overwrites: overwrite }
    const { id: bare } = await ada.expect('POST', `/guilds/${guild.id}/channels`, fields)
    const stranger = await newPerson(server.http, 'stranger')
    const file = { filename: 'a', file_size: 1 }
    const path = (channel: string) => `/channels/${channel}/attachments`
    await refused(50_013, bob, 'POST', path(bare), { files: [file] })
    await refused(50_001, stranger, 'POST', path(guild.general), { files: [file] })
    await refused(10_003, bob, 'POST', path(NOBODY), { files: [file] })
    const limit = 25 * 1024 * 1024
    await announce(bob, guild.general, 'a', limit)
    await refused(50_045, bob, 'POST', path(guild.general), {
      files: [file, { ...file, file_size: limit + 1 }],
    })
    for (const files of [
      [],
      Array.from({ length: 11 }, () => file),
      [{ ...file, filename: '' }],
      [{ ...file, file_size: -1 }],
      [{ ...file, file_size: 1.5 }],
      [{ filename: 'a' }],
    ])
      await refused(50_035, bob, 'POST', path(guild.general), { files })
    const name = await uploaded(bob, guild.general, 'soon')
    await ada.expect('PUT', `/channels/${guild.general}/permissions/${bob.id}`, {
      type: 1,
      deny: ATTACH_FILES,
    })
    await refused(50_013, bob, 'POST', `/channels/${guild.general}/messages`, naming(name))
    await ada.expect('DELETE', `/channels/${guild.general}/permissions/${bob.id}`)
    expect((await send(bob, guild.general, naming(name))).status).toBe(200)
  })
})

test('an upload is discarded by its sender, once, unless it is in a message', async () => {
  const [name, used] = [await uploaded(bob, guild.general, 'bad'), await uploaded(bob, guild.general, 'good')]
  await refused(MISSING, ada, 'DELETE', `/attachments/${name}`)
  expect((await bob.request('DELETE', `/attachments/${name}`)).status).toBe(204)
  await refused(MISSING, bob, 'DELETE', `/attachments/${name}`)
  await refused(MISSING, bob, 'POST', `/channels/${guild.general}/messages`, naming(name))
  const { body } = await send(bob, guild.general, naming(used))
  await refused(MISSING, bob, 'DELETE', `/attachments/${used}`)
  expect(await textOf(body.attachments[0].url)).toBe('good')
})

test('links are renewed for who may read there, whatever has expired', async () => {
  const { body } = await send(ada, guild.general, naming(await uploaded(ada, guild.general, 'ä', 'ä b.txt')))
  const [{ url }] = body.attachments
  const renew = async (by: Caller, ...attachment_urls: string[]) => {
    const { refreshed_urls } = await by.expect('POST', '/attachments/refresh-urls', { attachment_urls })
    expect(refreshed_urls.map(({ original }: { original: string }) => original)).toEqual(attachment_urls)
    return refreshed_urls.map(({ refreshed }: { refreshed: string | null }) => refreshed)
  }
  const forged = [
    url.replace(/hm=../, 'hm=00'),
    url.replace('.txt', '.tx'),
    'https://example.org/a.png',
    '',
    '%',
  ]
  const [renewed, ...others] = await renew(bob, url, ...forged)
  expect(await textOf(renewed)).toBe('ä')
  expect(others).toEqual(forged.map(() => null))
  for (const again of [1, 2]) {
    const key = { 'idempotency-key': 'links' }
    const answer = await bob.request('POST', '/attachments/refresh-urls', { attachment_urls: [url] }, key)
    expect(answer.headers.get('idempotency-replayed'), `links expire: ${again}`).toBeNull()
  }
  const elsewhere = new URL(url)
  elsewhere.host = 'chat.example.org'
  expect(await renew(bob, elsewhere.href)).toEqual([expect.stringContaining(new URL(url).pathname)])
  const stranger = await newPerson(server.http, 'stranger')
  expect(await renew(stranger, url)).toEqual([null])
  await refused(50_035, bob, 'POST', '/attachments/refresh-urls', { attachment_urls: Array(51).fill(url) })
  await refused(50_035, bob, 'POST', '/attachments/refresh-urls', { attachment_urls: [] })
})
