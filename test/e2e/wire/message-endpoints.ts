import { expect, test } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import type { Caller } from '#test/support/people.ts'
import { PNG } from '#test/support/pictures.ts'
import { type Cast, FORM, NOBODY, refused } from './cast.ts'

/** Messages, reactions and search: each endpoint, with its refusals. */
export function messageEndpoints(cast: () => Cast): void {
  test('messages', async () => {
    const { ada, bob, bot, guild, hidden } = cast()
    const messages = `/channels/${guild.general}/messages`
    const first = await bob.expect('POST', messages, {
      content: `first <@${ada.id}>`,
      nonce: '17',
      tts: false,
    })
    const embed = {
      title: 'Tea',
      description: 'leaves',
      url: 'https://example.org/tea',
      timestamp: '2026-01-02T03:04:05.678Z',
      color: 255,
      footer: { text: 'foot' },
      author: { name: 'Ada' },
      fields: [{ name: 'a', value: 'b' }],
    }
    await bot.expect('POST', messages, { embeds: [embed] })
    const message_reference = { message_id: first.id }
    const reply = await bot.expect('POST', messages, { content: 'reply', message_reference })
    const form = new FormData()
    form.set(
      'payload_json',
      JSON.stringify({
        content: 'a file',
        attachments: [{ id: 0, description: 'x' }],
        embeds: [{ image: { url: 'attachment://cat.png' } }],
      }),
    )
    form.set('files[0]', new Blob(['bytes'], { type: 'text/plain' }), 'a.txt')
    form.set('files[1]', new Blob([PNG]), 'cat.png')
    const file = await ada.expect('POST', messages, form)
    expect(file.attachments).toMatchObject([
      { filename: 'a.txt', size: 5, content_type: 'text/plain' },
      { filename: 'cat.png', content_type: 'image/png', width: 1, height: 1 },
    ])

    await refused(50_006, bob, 'POST', messages, { content: ' ' })
    await refused(FORM, bob, 'POST', messages, { embeds: [{ title: 'Tea', url: 'javascript:0' }] }, 'embeds')
    await refused(FORM, bob, 'POST', messages, { content: 'x'.repeat(2_001) }, 'content')
    await refused(
      FORM,
      bob,
      'POST',
      messages,
      { content: 'x', message_reference: { message_id: NOBODY } },
      'message_reference',
    )
    await refused(50_001, bob, 'POST', `/channels/${hidden}/messages`, { content: 'x' })
    await refused(10_003, bob, 'POST', `/channels/${NOBODY}/messages`, { content: 'x' })

    expect((await bob.expect('GET', messages)).at(0)).toMatchObject({ id: file.id })
    for (const anchor of ['before', 'after', 'around'])
      await bob.expect('GET', `${messages}?${anchor}=${reply.id}&limit=3`)
    await refused(FORM, bob, 'GET', `${messages}?limit=101`, undefined, 'limit')
    await bob.expect('GET', `${messages}/${reply.id}`)
    await refused(10_008, bob, 'GET', `${messages}/${NOBODY}`)

    await bot.expect('PATCH', `${messages}/${reply.id}`, { content: 'replied', embeds: [embed] })
    await ada.expect('PATCH', `${messages}/${reply.id}`, { flags: 4 })
    await refused(50_005, bob, 'PATCH', `${messages}/${reply.id}`, { content: 'mine' })
    await refused(10_008, bob, 'PATCH', `${messages}/${NOBODY}`, { content: 'x' })
    await refused(50_006, bob, 'PATCH', `${messages}/${first.id}`, { content: '' })
    await refused(50_013, bob, 'DELETE', `${messages}/${reply.id}`)
    expect((await bob.request('DELETE', `${messages}/${first.id}`)).status).toBe(204)
    await refused(10_008, bob, 'DELETE', `${messages}/${first.id}`)
    expect((await bob.expect('GET', `${messages}/${reply.id}`)).referenced_message).toBeNull()

    const bulk = `${messages}/bulk-delete`
    await refused(50_016, ada, 'POST', bulk, { messages: [reply.id] })
    await refused(FORM, ada, 'POST', bulk, { messages: [reply.id, reply.id] }, 'messages')
    await refused(50_034, ada, 'POST', bulk, { messages: [reply.id, '100000000000000001'] })
    await refused(50_013, bob, 'POST', bulk, { messages: [reply.id, file.id] })
    expect((await ada.request('POST', bulk, { messages: [reply.id, file.id] })).status).toBe(204)
  })

  test('uploads', async () => {
    const { ada, bob, guild, hidden } = cast()
    const files = [{ id: '5', filename: 'a.txt', file_size: 5 }]
    const announce = async () => {
      const { attachments } = await bob.expect('POST', `/channels/${guild.general}/attachments`, { files })
      return attachments[0]
    }
    const { upload_url, upload_filename, content_type } = await announce()
    const uploaded = await fetch(upload_url, {
      method: 'PUT',
      body: 'bytes',
      headers: { 'content-type': content_type },
    })
    expect(uploaded.status).toBe(200)
    const messages = `/channels/${guild.general}/messages`
    const attachments = [{ id: '0', uploaded_filename: upload_filename }]
    const message = await bob.expect('POST', messages, { attachments })
    expect(message.attachments).toMatchObject([{ filename: 'a.txt', size: 5, content_type: 'text/plain' }])
    await refused(50_146, bob, 'POST', messages, { attachments })
    await refused(50_001, bob, 'POST', `/channels/${hidden}/attachments`, { files })
    await refused(FORM, bob, 'POST', `/channels/${guild.general}/attachments`, { files: [] }, 'files')
    const huge = [{ ...files[0], file_size: 26_214_401 }]
    await refused(50_045, bob, 'POST', `/channels/${guild.general}/attachments`, { files: huge })

    const { upload_filename: unwanted } = await announce()
    await refused(50_146, ada, 'DELETE', `/attachments/${unwanted}`)
    expect((await bob.request('DELETE', `/attachments/${unwanted}`)).status).toBe(204)
    await refused(50_146, bob, 'DELETE', `/attachments/${unwanted}`)

    const attachment_urls = [message.attachments[0].url]
    const { refreshed_urls } = await ada.expect('POST', '/attachments/refresh-urls', { attachment_urls })
    expect(refreshed_urls).toEqual([{ original: attachment_urls[0], refreshed: expect.any(String) }])
    await refused(FORM, ada, 'POST', '/attachments/refresh-urls', { attachment_urls: [] }, 'attachment_urls')
  })

  test('text that no store takes', async () => {
    const { bob, guild } = cast()
    const messages = `/channels/${guild.general}/messages`
    await refused(50_109, bob, 'POST', messages, '{"content":"a\\u0000b"}')
    await refused(50_109, bob, 'POST', messages, '{"content":"\\ud800"}')
    const typed = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await bob.request('POST', messages, 'content=words', typed)).status).toBe(200)
    const form = new FormData()
    form.set('content', 'a\0b')
    for (const [body, headers] of [
      ['content=a%00b', typed],
      [form, {}],
    ] as const) {
      const { status, body: error } = await bob.request('POST', messages, body, headers)
      expect([status, error.code]).toEqual([400, FORM])
    }
    await refused(FORM, bob, 'GET', `/guilds/${guild.id}/messages/search?content=a%00b`)
  })

  test('reactions', async () => {
    const { ada, bob, bot, guild } = cast()
    const messages = `/channels/${guild.general}/messages`
    const { id } = await ada.expect('POST', messages, { content: 'react' })
    const reactions = `${messages}/${id}/reactions`
    for (const caller of [ada, bob, bot]) {
      expect((await caller.request('PUT', `${reactions}/👍/@me`)).status).toBe(204)
      expect((await caller.request('PUT', `${reactions}/%E2%9D%A4%EF%B8%8F/@me`)).status).toBe(204)
    }
    await bob.expect('GET', `${messages}/${id}`)
    expect(await bob.expect('GET', `${reactions}/👍?limit=2&after=${ada.id}`)).toHaveLength(2)
    await refused(FORM, bob, 'GET', `${reactions}/👍?limit=101`, undefined, 'limit')
    await refused(10_014, bob, 'PUT', `${reactions}/nothing/@me`)
    await refused(10_008, bob, 'PUT', `${messages}/${NOBODY}/reactions/👍/@me`)
    expect((await bob.request('DELETE', `${reactions}/👍/@me`)).status).toBe(204)
    await refused(50_013, bob, 'DELETE', `${reactions}/👍/${ada.id}`)
    expect((await ada.request('DELETE', `${reactions}/👍/${bot.id}`)).status).toBe(204)
    await refused(50_013, bob, 'DELETE', `${reactions}/👍`)
    expect((await ada.request('DELETE', `${reactions}/👍`)).status).toBe(204)
    await refused(50_013, bob, 'DELETE', reactions)
    expect((await ada.request('DELETE', reactions)).status).toBe(204)
    expect(await bob.expect('GET', `${reactions}/👍`)).toEqual([])
  })

  test('pins', async () => {
    const { ada, bob, stranger, guild, hidden } = cast()
    const channel = `/channels/${guild.general}`
    const { id } = await bob.expect('POST', `${channel}/messages`, { content: 'pinned' })
    const { id: hiddenOne } = await ada.expect('POST', `/channels/${hidden}/messages`, { content: 'pinned' })
    for (const family of ['messages/pins', 'pins']) {
      const pins = `${channel}/${family}`
      await refused(50_013, bob, 'PUT', `${pins}/${id}`)
      await refused(50_001, stranger, 'PUT', `${pins}/${id}`)
      await refused(50_001, bob, 'PUT', `/channels/${hidden}/${family}/${hiddenOne}`)
      await refused(10_008, ada, 'PUT', `${pins}/${hiddenOne}`)
      await refused(10_008, ada, 'PUT', `${pins}/${NOBODY}`)
      for (let n = 0; n < 2; n++) expect((await ada.request('PUT', `${pins}/${id}`)).status).toBe(204)
      await bob.expect('GET', `${channel}/pins`)
      await bob.expect('GET', `${channel}/messages/pins?limit=1&before=2100-01-01T00:00:00Z`)
      await refused(50_001, stranger, 'GET', pins)
      await refused(50_013, bob, 'DELETE', `${pins}/${id}`)
      for (let n = 0; n < 2; n++) expect((await ada.request('DELETE', `${pins}/${id}`)).status).toBe(204)
    }
    await refused(FORM, bob, 'GET', `${channel}/messages/pins?limit=51`, undefined, 'limit')
    await refused(FORM, bob, 'GET', `${channel}/messages/pins?before=soon`, undefined, 'before')
    await refused(50_021, ada, 'PUT', `${channel}/pins/${await newest(bob, channel)}`)
    await refused(50_021, ada, 'PATCH', `${channel}/messages/${await newest(bob, channel)}`, { flags: 4 })
  })

  test('search', async () => {
    const { ada, bob, stranger, guild, hidden } = cast()
    const search = `/guilds/${guild.id}/messages/search`
    await ada.expect('POST', `/channels/${guild.general}/messages`, { content: 'needle' })
    await eventually(
      'the index',
      async () => (await ada.expect('GET', `${search}?content=needle`)).total_results === 1,
    )
    await ada.expect(
      'GET',
      `${search}?author_id=${bob.id}&author_id=${ada.id}&sort_order=asc&limit=5&offset=1`,
    )
    await refused(FORM, ada, 'GET', `${search}?limit=26`, undefined, 'limit')
    await refused(50_001, stranger, 'GET', `${search}?content=needle`)

    const inChannel = `/channels/${guild.general}/messages/search`
    expect((await bob.expect('GET', `${inChannel}?content=needle&author_type=user`)).total_results).toBe(1)
    await refused(FORM, ada, 'GET', `${inChannel}?has=links`, undefined, 'has')
    await refused(50_001, stranger, 'GET', `${inChannel}?content=needle`)
    await refused(50_001, bob, 'GET', `/channels/${hidden}/messages/search?content=needle`)
    await refused(10_003, bob, 'GET', `/channels/${NOBODY}/messages/search`)
  })
}

const newest = async (caller: Caller, channel: string): Promise<string> =>
  (await caller.expect('GET', `${channel}/messages?limit=1`))[0].id
