import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'
import { longerPng, PNG } from '#test/support/pictures.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let ada: Person
let guild: { id: string; general: string }
let messages: string

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  guild = await newGuild(ada)
  messages = `/channels/${guild.general}/messages`
})
afterAll(() => server.stop())

interface Sent {
  readonly id: string
  readonly attachments: readonly [{ readonly url: string }]
}

const PAGE = '<script>alert(1)</script>'

/** As libraries write it: FormData would always name a type. */
async function send(
  filename: string,
  type: string | undefined,
  bytes: Buffer | string,
  json = {},
): Promise<Sent> {
  const head = (name: string) => `--edge\r\ncontent-disposition: form-data; name="${name}"`
  const body = Buffer.concat([
    Buffer.from(`${head('payload_json')}\r\n\r\n${JSON.stringify(json)}\r\n`),
    Buffer.from(`${head('files[0]')}; filename="${filename}"\r\n`),
    Buffer.from(`${type === undefined ? '' : `content-type: ${type}\r\n`}\r\n`),
    Buffer.from(bytes),
    Buffer.from('\r\n--edge--\r\n'),
  ])
  const response = await fetch(`${server.http}/api/v10${messages}`, {
    method: 'POST',
    headers: {
      authorization: String(ada.authorization),
      'content-type': 'multipart/form-data; boundary=edge',
    },
    body,
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Sent
}

async function upload(filename: string, bytes: Buffer | string): Promise<Sent> {
  const files = [{ filename, file_size: bytes.length }]
  const announced = await ada.expect('POST', `/channels/${guild.general}/attachments`, { files })
  const [{ upload_url, upload_filename, content_type }] = announced.attachments
  await fetch(upload_url, { method: 'PUT', body: bytes, headers: { 'content-type': content_type } })
  return ada.expect('POST', messages, { attachments: [{ id: '0', uploaded_filename: upload_filename }] })
}

async function served({ attachments }: Sent) {
  const { headers } = await fetch(attachments[0].url)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  return [headers.get('content-type'), headers.get('content-disposition')?.replace(/;.*/, '')]
}

test('a picture is one, however it comes: in its message, by its link, in search', async () => {
  const sent = [
    await send('cat.png', undefined, PNG),
    await send('cat.png', 'application/octet-stream', longerPng(300_000)),
    await send('cat.png', 'image/png', PNG),
    await upload('cat.png', PNG),
    await upload('cat.png', longerPng(300_000)),
  ]
  const isPicture = { content_type: 'image/png', width: 1, height: 1 }
  for (const message of [...sent, ...(await ada.expect('GET', messages))]) {
    expect(message.attachments).toMatchObject([isPicture])
    expect(await served(message)).toEqual(['image/png', 'inline'])
  }
  await eventually('a search to find all of them', async () => {
    const { total_results } = await ada.expect('GET', `/guilds/${guild.id}/messages/search?has=image`)
    return total_results === sent.length
  })
})

test('what is called a picture and is none has no size', async () => {
  for (const { attachments } of [
    await send('cat.png', undefined, PNG.subarray(0, 20)),
    await send('cat.png', undefined, ''),
    await send('cat.txt', 'text/plain', PNG),
    await upload('cat.png', PNG.subarray(0, 20)),
    await upload('cat.png', ''),
    await upload('cat.txt', PNG),
  ]) {
    expect(attachments[0]).not.toHaveProperty('width')
    expect(attachments[0]).not.toHaveProperty('height')
  }
})

test('pictures of an embed that are files of its message have their size', async () => {
  const url = 'attachment://cat.png'
  const embeds = [{ image: { url }, thumbnail: { url }, author: { name: 'Ada', icon_url: url } }]
  const sent = await send('cat.png', undefined, PNG, { embeds })
  for (const message of [sent, await ada.expect('GET', `${messages}/${sent.id}`)]) {
    const link = expect.stringContaining(new URL(message.attachments[0].url).pathname)
    const shown = { url: link, width: 1, height: 1 }
    const author = { name: 'Ada', icon_url: link }
    expect(message.embeds).toEqual([{ type: 'rich', image: shown, thumbnail: shown, author }])
  }
})

test('what a browser would run is downloaded, whatever it is called', async () => {
  for (const message of [
    ...(await Promise.all(
      ['html', 'svg', 'xml', 'js', 'pdf'].map((end) => send(`x.${end}`, undefined, PAGE)),
    )),
    await send('x.html', 'text/html', PAGE),
    await send('x.svg', 'image/svg+xml', PAGE),
    await send('x.png', 'text/html', PAGE),
    await upload('x.html', PAGE),
    await upload('x.svg', PAGE),
  ])
    expect(await served(message)).toEqual(['application/octet-stream', 'attachment'])
})
