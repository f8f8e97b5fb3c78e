import { expect, test } from 'vitest'
import { dataUri, MOVING_GIF, PNG } from '#test/support/pictures.ts'
import { type Cast, FORM, NOBODY, refused } from './cast.ts'

/** What people keep for themselves. */
export function peopleEndpoints(cast: () => Cast): void {
  test('profiles', async () => {
    const { ada, bob, stranger, bot } = cast()
    const own = '/users/@me'
    const { username } = ada
    await ada.expect('PATCH', own, {
      username,
      global_name: 'Ada L.',
      avatar: dataUri(MOVING_GIF, 'gif'),
      banner: dataUri(PNG),
      bio: 'Counts.',
    })
    await ada.expect('PATCH', own, { username, avatar: null, accent_color: 0xff00ff })
    await bot.expect('PATCH', own, { username: 'Another bot', avatar: dataUri(PNG) })
    await refused(FORM, ada, 'PATCH', own, { username: bob.username }, 'username')
    const profile = `/users/${bob.id}/profile`
    await ada.expect('GET', `${profile}?with_mutual_friends=true`)
    await refused(50_001, stranger, 'GET', profile)
    await refused(20_001, bot, 'GET', profile)
    await refused(FORM, ada, 'PATCH', own, { avatar: 'data:text/plain;base64,AAAA' }, 'avatar')
  })

  test('settings, notes and relationships', async () => {
    const { ada, bob, bot } = cast()
    const settings = '/users/@me/settings'
    const { version } = await ada.expect('PATCH', settings, { theme: 'light' })
    await ada.expect('GET', settings)
    expect((await ada.request('GET', `${settings}?version=${version}`)).status).toBe(204)
    await refused(FORM, ada, 'PATCH', settings, { theme: 'pink' }, 'theme')
    await refused(20_001, bot, 'GET', settings)

    const { guild, stranger } = cast()
    const ofGuild = `/users/@me/guilds/${guild.id}/settings`
    const channel_overrides = { [guild.general]: { muted: true } }
    await ada.expect('PATCH', ofGuild, { muted: true, channel_overrides })
    await ada.expect('PATCH', '/users/@me/guilds/@me/settings', { suppress_roles: true })
    await refused(FORM, ada, 'PATCH', ofGuild, { message_notifications: 4 }, 'message_notifications')
    const elsewhere = { channel_overrides: { [NOBODY]: { muted: true } } }
    await refused(FORM, ada, 'PATCH', ofGuild, elsewhere, 'channel_overrides')
    await refused(50_001, stranger, 'PATCH', ofGuild, { muted: true })
    await refused(20_001, bot, 'PATCH', ofGuild, {})

    const note = `/users/@me/notes/${bob.id}`
    expect((await ada.request('PUT', note, { note: 'tall' })).status).toBe(204)
    await ada.expect('GET', note)
    await refused(FORM, ada, 'PUT', note, { note: 'x'.repeat(257) }, 'note')
    await refused(10_013, ada, 'PUT', `/users/@me/notes/${NOBODY}`, { note: 'nobody' })

    const relationships = '/users/@me/relationships'
    expect((await ada.request('POST', relationships, { username: bob.username })).status).toBe(204)
    await refused(FORM, ada, 'POST', relationships, { username: '' }, 'username')
    expect((await bob.request('PUT', `${relationships}/${ada.id}`, { type: 1 })).status).toBe(204)
    await refused(FORM, bob, 'PUT', `${relationships}/${ada.id}`, { type: 7 }, 'type')
    await ada.expect('GET', relationships)
    await refused(20_001, bot, 'GET', relationships)
    expect((await ada.request('DELETE', `${relationships}/${bob.id}`)).status).toBe(204)
    await refused(10_013, ada, 'DELETE', `${relationships}/${NOBODY}`)
  })

  test('read states', async () => {
    const { ada, bob, stranger, bot, guild, hidden } = cast()
    const channel = `/channels/${guild.general}`
    const { id } = await ada.expect('POST', `${channel}/messages`, { content: `<@${bob.id}>` })
    const ack = `${channel}/messages/${id}/ack`
    const whole = { token: null, manual: true, mention_count: 1, flags: 1, last_viewed: 4_000 }
    expect(await bob.expect('POST', ack, whole)).toEqual({ token: null })
    expect(await bob.expect('POST', ack, { token: null })).toEqual({ token: null })
    await bob.expect('POST', `${channel}/messages/${NOBODY}/ack`, {})
    await refused(10_008, bob, 'POST', `${channel}/messages/9000000000000000000/ack`, {})
    await refused(FORM, bob, 'POST', ack, { mention_count: -1 }, 'mention_count')
    await refused(50_001, bob, 'POST', `/channels/${hidden}/messages/${id}/ack`, {})
    await refused(20_001, bot, 'POST', ack, {})

    const bulk = '/read-states/ack-bulk'
    const read_states = [{ channel_id: guild.general, message_id: id, read_state_type: 0 }]
    expect((await ada.request('POST', bulk, { read_states })).status).toBe(204)
    const many = Array.from({ length: 101 }, () => read_states[0])
    await refused(FORM, ada, 'POST', bulk, { read_states: many }, 'read_states')
    await refused(
      FORM,
      ada,
      'POST',
      bulk,
      { read_states: [{ ...read_states[0], read_state_type: 1 }] },
      'read_states',
    )
    await refused(20_001, bot, 'POST', bulk, { read_states })

    expect((await bob.request('POST', `${channel}/pins/ack`)).status).toBe(204)
    await refused(50_001, stranger, 'POST', `${channel}/pins/ack`)
    await refused(20_001, bot, 'POST', `${channel}/pins/ack`)

    const mentions = '/users/@me/mentions'
    await expect
      .poll(() => bob.expect('GET', `${mentions}?limit=1&guild_id=${guild.id}`))
      .toMatchObject([{ id }])
    await refused(FORM, bob, 'GET', `${mentions}?limit=101`, undefined, 'limit')
    await refused(20_001, bot, 'GET', mentions)
  })

  test('groups', async () => {
    const { ada, bob, stranger, bot, guild } = cast()
    const channels = '/users/@me/channels'
    const { id } = await ada.expect('POST', channels, { recipients: [bob.id, stranger.id] })
    const group = `/channels/${id}`
    await ada.expect('GET', group)
    await refused(50_033, ada, 'POST', channels, { recipients: [ada.id, bob.id] })
    await refused(10_013, ada, 'POST', channels, { recipients: [NOBODY, bob.id] })
    await refused(20_001, bot, 'POST', channels, { recipients: [ada.id, bob.id] })
    await refused(FORM, ada, 'POST', channels, { recipients: 'nobody' }, 'recipients')
    expect(await bob.expect('PATCH', group, { name: 'Tea' })).toMatchObject({ id, name: 'Tea' })
    await refused(FORM, bob, 'PATCH', group, { name: 'x'.repeat(101) }, 'name')

    const recipient = `${group}/recipients/${stranger.id}`
    await refused(50_013, bob, 'DELETE', recipient)
    expect((await ada.request('DELETE', recipient)).status).toBe(204)
    await refused(10_013, ada, 'DELETE', recipient)
    await refused(50_001, stranger, 'PUT', recipient, {})
    await refused(FORM, bob, 'PUT', recipient, { nick: 'x'.repeat(33) }, 'nick')
    await refused(50_033, bob, 'PUT', `${group}/recipients/${bot.id}`, {})
    await refused(50_024, ada, 'PUT', `/channels/${guild.general}/recipients/${stranger.id}`, {})
    expect((await bob.request('PUT', recipient, {})).status).toBe(204)
    const direct = await ada.expect('POST', channels, { recipient_id: bob.id })
    const grown = await ada.expect('PUT', `/channels/${direct.id}/recipients/${stranger.id}`, {})
    expect(grown).toMatchObject({ type: 3 })
    await stranger.expect('DELETE', group)
    await refused(50_001, stranger, 'DELETE', group)
  })
}
