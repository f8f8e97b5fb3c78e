import { expect, test } from 'vitest'
import { confirmationToken, join } from '#test/support/people.ts'
import { dataUri, PNG } from '#test/support/pictures.ts'
import { type Cast, FORM, NOBODY, refused, VIEW_CHANNEL } from './cast.ts'

/** Accounts, applications, guilds and what they are made of: each endpoint, with its refusals. */
export function structureEndpoints(cast: () => Cast): void {
  test('gateway', async () => {
    const { anyone, ada, bot } = cast()
    await anyone.expect('GET', '/gateway')
    expect(await bot.expect('GET', '/gateway/bot')).toMatchObject({ shards: 1 })
    await refused(20_002, ada, 'GET', '/gateway/bot')
  })

  test('accounts', async () => {
    const { anyone, stranger, unverified, bot } = cast()
    await refused(FORM, anyone, 'POST', '/auth/register', { email: 'x' }, 'password')
    await refused(FORM, anyone, 'POST', '/auth/verify', { token: 'x' }, 'token')
    await refused(FORM, anyone, 'POST', '/auth/login', { login: 'x' }, 'password')
    expect((await unverified.request('POST', '/auth/verify/resend')).status).toBe(204)
    const { token } = await anyone.expect('POST', '/auth/login', {
      login: stranger.username,
      password: 'correct horse battery',
    })
    expect((await anyone.as(token).request('POST', '/auth/logout')).status).toBe(204)
    await refused(20_001, bot, 'POST', '/auth/logout')

    expect((await anyone.request('POST', '/auth/forgot', { login: 'nobody' })).status).toBe(204)
    await refused(FORM, anyone, 'POST', '/auth/forgot', {}, 'login')
    const { username } = stranger
    const password = 'correct horse battery'
    const { token: second } = await anyone.expect('POST', '/auth/login', { login: username, password })
    const { user_sessions } = await anyone.as(second).expect('GET', '/auth/sessions')
    await refused(20_001, bot, 'GET', '/auth/sessions')
    const ended = { session_id_hashes: [user_sessions[0].id_hash] }
    expect((await stranger.request('POST', '/auth/sessions/logout', ended)).status).toBe(204)
    const none = { session_id_hashes: [] }
    await refused(FORM, stranger, 'POST', '/auth/sessions/logout', none, 'session_id_hashes')
    await anyone.expect('POST', '/auth/forgot', { login: username })
    const reset = await confirmationToken(anyone.base, `${username}@example.org`, '/reset')
    await refused(FORM, anyone, 'POST', '/auth/reset', { token: reset, password: 'short' }, 'password')
    await refused(FORM, anyone, 'POST', '/auth/reset', { token: 'x', password }, 'token')
    const renewed = await anyone.expect('POST', '/auth/reset', { token: reset, password })
    Object.assign(stranger, { authorization: renewed.token, token: renewed.token })
  })

  test('users and conversations', async () => {
    const { ada, bob, stranger, bot } = cast()
    await ada.expect('GET', '/users/@me')
    await bot.expect('GET', '/users/@me')
    await ada.expect('GET', `/users/${bob.id}`)
    await ada.expect('GET', `/users/${bot.id}`)
    await refused(10_013, ada, 'GET', `/users/${NOBODY}`)
    await ada.expect('GET', '/users/@me/guilds?limit=1&with_counts=true')
    await refused(FORM, ada, 'GET', '/users/@me/guilds?limit=201', undefined, 'limit')

    const dm = await ada.expect('POST', '/users/@me/channels', { recipient_id: bob.id })
    expect((await bob.expect('POST', '/users/@me/channels', { recipient_id: ada.id })).id).toBe(dm.id)
    await refused(50_033, ada, 'POST', '/users/@me/channels', { recipient_id: ada.id })
    await refused(10_013, ada, 'POST', '/users/@me/channels', { recipient_id: NOBODY })
    await refused(FORM, ada, 'POST', '/users/@me/channels', { recipient_id: 'x' }, 'recipient_id')
    await ada.expect('GET', '/users/@me/channels')
    await ada.expect('GET', `/channels/${dm.id}`)
    await refused(50_001, stranger, 'GET', `/channels/${dm.id}`)
    const { id } = await bob.expect('POST', `/channels/${dm.id}/messages`, { content: 'hello' })
    await ada.expect('GET', `/channels/${dm.id}/messages`)
    await ada.expect('PUT', `/channels/${dm.id}/messages/${id}/reactions/👍/@me`)
    await ada.expect('POST', `/channels/${dm.id}/typing`)
    await refused(50_003, ada, 'DELETE', `/channels/${dm.id}/messages/${id}`)
    await refused(50_003, ada, 'POST', `/channels/${dm.id}/invites`, {})
    await ada.expect('DELETE', `/channels/${dm.id}`)
    await bob.expect('DELETE', `/channels/${dm.id}/messages/${id}`)
  })

  test('applications', async () => {
    const { anyone, ada, bob, stranger, bot, guild } = cast()
    await refused(20_001, bot, 'POST', '/applications', { name: 'Another' })
    await refused(FORM, ada, 'POST', '/applications', { name: 'x' }, 'name')
    const { id } = await ada.expect('POST', '/applications', { name: 'Another', description: 'Does little' })
    await ada.expect('GET', '/applications')
    await refused(10_002, bob, 'POST', `/applications/${id}/bot`)
    await ada.expect('POST', `/applications/${id}/bot`)
    const { token } = await ada.expect('POST', `/applications/${id}/bot/reset`)
    await refused(10_002, bob, 'POST', `/applications/${id}/bot/reset`)
    const other = anyone.as(`Bot ${token}`)
    for (const path of ['/applications/@me', '/oauth2/applications/@me']) {
      expect(await other.expect('GET', path)).toMatchObject({ id, name: 'Another', owner: { id: ada.id } })
      await refused(20_002, ada, 'GET', path)
    }
    const own = '/applications/@me'
    const described = { description: { default: 'Does more' }, flags: 0, icon: dataUri(PNG) }
    expect(await other.expect('PATCH', own, described)).toMatchObject({ description: 'Does more', flags: 0 })
    await refused(FORM, other, 'PATCH', own, { description: { default: 'x'.repeat(401) } }, 'description')
    await refused(FORM, other, 'PATCH', own, { icon: 'none' }, 'icon')
    await refused(20_002, ada, 'PATCH', own, {})
    await refused(50_007, bot, 'POST', '/users/@me/channels', { recipient_id: id })
    const authorize = `/oauth2/authorize?client_id=${id}`
    await refused(50_013, bob, 'POST', authorize, { guild_id: guild.id })
    await refused(50_001, stranger, 'POST', authorize, { guild_id: guild.id })
    await refused(10_004, ada, 'POST', authorize, { guild_id: NOBODY })
    await refused(10_002, ada, 'POST', `/oauth2/authorize?client_id=${NOBODY}`, { guild_id: guild.id })
    await refused(FORM, ada, 'POST', authorize, { guild_id: guild.id, permissions: 'all' }, 'permissions')
    const guilds = { approximate_guild_count: 0 }
    expect(await other.expect('GET', own)).toMatchObject(guilds)
    await ada.expect('POST', authorize, { guild_id: guild.id, permissions: '2048' })
    guilds.approximate_guild_count = 1
    expect(await other.expect('GET', own)).toMatchObject(guilds)
    expect(await other.expect('PATCH', own, {})).toMatchObject(guilds)
    expect(await ada.expect('GET', '/applications')).toContainEqual(
      expect.objectContaining({ id, ...guilds }),
    )
  })

  test('guilds', async () => {
    const { ada, bob, stranger, bot, guild } = cast()
    await refused(20_001, bot, 'POST', '/guilds', { name: 'Of a bot' })
    await refused(FORM, ada, 'POST', '/guilds', { name: 'x' }, 'name')
    const { id } = await bob.expect('POST', '/guilds', { name: 'Short-lived' })
    const rooms = {
      roles: [
        { id: 0, permissions: VIEW_CHANNEL },
        { id: 1, name: 'keepers', color: 1 },
      ],
      channels: [
        { id: 2, name: 'Rooms', type: 4, permission_overwrites: [{ id: 1, type: 0, allow: VIEW_CHANNEL }] },
        { id: 3, name: 'idle', type: 2, parent_id: 2 },
      ],
      afk_channel_id: 3,
    }
    await bob.expect('POST', '/guilds', { name: 'Furnished', ...rooms })
    await refused(FORM, bob, 'POST', '/guilds', { name: 'Wrong', afk_channel_id: 3 }, 'afk_channel_id')
    await bob.expect('GET', `/guilds/${id}?with_counts=true`)
    await refused(50_001, ada, 'GET', `/guilds/${id}`)
    await refused(10_004, ada, 'GET', `/guilds/${NOBODY}`)
    await bob.expect('PATCH', `/guilds/${id}`, {
      name: 'Renamed',
      description: 'Soon gone',
      verification_level: 1,
      icon: dataUri(PNG),
      banner: dataUri(PNG),
    })
    await bob.expect('GET', `/guilds/${id}/preview`)
    await refused(50_001, stranger, 'GET', `/guilds/${id}/preview`)
    await refused(FORM, bob, 'PATCH', `/guilds/${id}`, { icon: 'data:image/png;base64,' }, 'icon')
    await refused(50_013, bob, 'PATCH', `/guilds/${guild.id}`, { icon: dataUri(PNG) })
    await refused(FORM, bob, 'PATCH', `/guilds/${id}`, { system_channel_id: NOBODY }, 'system_channel_id')
    await refused(50_013, bob, 'PATCH', `/guilds/${guild.id}`, { name: 'Mine' })
    await refused(50_013, bob, 'DELETE', `/guilds/${guild.id}`)
    await refused(50_013, bob, 'DELETE', `/users/@me/guilds/${id}`)
    expect((await bob.request('DELETE', `/guilds/${id}`)).status).toBe(204)
    await refused(10_004, bob, 'GET', `/guilds/${id}`)
    await refused(10_004, stranger, 'DELETE', `/users/@me/guilds/${guild.id}`)
  })

  test('channels', async () => {
    const { ada, bob, stranger, guild, hidden } = cast()
    const channels = `/guilds/${guild.id}/channels`
    await ada.expect('GET', channels)
    await refused(50_001, stranger, 'GET', channels)
    await refused(50_013, bob, 'POST', channels, { name: 'no' })
    await refused(FORM, ada, 'POST', channels, { name: '' }, 'name')
    await refused(FORM, ada, 'POST', channels, { name: 'x', type: 99 }, 'type')
    const category = await ada.expect('POST', channels, { name: 'Rooms', type: 4 })
    await refused(FORM, ada, 'POST', channels, { name: 'x', parent_id: guild.general }, 'parent_id')
    for (const fields of [
      { name: 'text', type: 0, topic: 'all', nsfw: true, rate_limit_per_user: 5 },
      { name: 'voice', type: 2, bitrate: 96_000, user_limit: 5 },
      { name: 'news', type: 5 },
    ]) {
      const { id } = await ada.expect('POST', channels, { ...fields, parent_id: category.id })
      expect(await ada.expect('GET', `/channels/${id}`)).toMatchObject({ ...fields, parent_id: category.id })
      await ada.expect('PATCH', `/channels/${id}`, { name: 'renamed', position: 7, parent_id: null })
      await refused(FORM, ada, 'PATCH', `/channels/${id}`, { name: 'x'.repeat(101) }, 'name')
      await refused(50_013, bob, 'PATCH', `/channels/${id}`, { name: 'mine' })
      await refused(50_013, bob, 'DELETE', `/channels/${id}`)
      await ada.expect('DELETE', `/channels/${id}`)
      await refused(10_003, ada, 'GET', `/channels/${id}`)
    }
    await refused(50_008, ada, 'POST', `/channels/${category.id}/messages`, { content: 'x' })
    await refused(50_008, ada, 'POST', `/channels/${category.id}/typing`)
    await ada.expect('DELETE', `/channels/${category.id}`)
    await ada.expect('POST', `/channels/${guild.general}/typing`)
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/messages'],
      ['POST', '/typing'],
    ] as const)
      await refused(50_001, bob, method, `/channels/${hidden}${path}`)

    const overwrites = `/channels/${hidden}/permissions`
    const overwrite = { type: 1, allow: VIEW_CHANNEL, deny: '0' }
    expect((await ada.request('PUT', `${overwrites}/${bob.id}`, overwrite)).status).toBe(204)
    await refused(50_013, bob, 'PUT', `${overwrites}/${bob.id}`, overwrite)
    await refused(10_013, ada, 'PUT', `${overwrites}/${NOBODY}`, overwrite)
    await refused(10_011, ada, 'PUT', `${overwrites}/${NOBODY}`, { ...overwrite, type: 0 })
    await refused(FORM, ada, 'PUT', `${overwrites}/${bob.id}`, { type: 2 }, 'type')
    expect((await ada.request('DELETE', `${overwrites}/${bob.id}`)).status).toBe(204)
    await refused(10_009, ada, 'DELETE', `${overwrites}/${bob.id}`)
  })

  test('roles and members', async () => {
    const { ada, bob, stranger, bot, guild } = cast()
    const roles = `/guilds/${guild.id}/roles`
    await ada.expect('GET', roles)
    await refused(50_001, stranger, 'GET', roles)
    const role = await ada.expect('POST', roles, { name: 'pourers', permissions: '2048', color: 0x336699 })
    await refused(50_013, bob, 'POST', roles, {})
    await refused(FORM, ada, 'POST', roles, { name: 'x'.repeat(101) }, 'name')
    await ada.expect('PATCH', `${roles}/${role.id}`, { hoist: true, mentionable: true })
    await ada.expect('PATCH', `${roles}/${guild.id}`, { permissions: null })
    await refused(50_013, bob, 'PATCH', `${roles}/${role.id}`, { name: 'mine' })
    await refused(10_011, ada, 'PATCH', `${roles}/${NOBODY}`, { name: 'none' })

    const members = `/guilds/${guild.id}/members`
    await ada.expect('GET', `${members}?limit=1000`)
    await refused(FORM, ada, 'GET', `${members}?limit=1001`, undefined, 'limit')
    await ada.expect('GET', `${members}/${bot.id}`)
    await refused(10_007, ada, 'GET', `${members}/${stranger.id}`)
    expect((await ada.request('PUT', `${members}/${bob.id}/roles/${role.id}`)).status).toBe(204)
    await ada.expect('GET', `${members}/${bob.id}`)
    await refused(10_011, ada, 'PUT', `${members}/${bob.id}/roles/${NOBODY}`)
    await refused(50_013, bob, 'PUT', `${members}/${bob.id}/roles/${role.id}`)
    await refused(10_007, ada, 'DELETE', `${members}/${stranger.id}/roles/${role.id}`)
    expect((await ada.request('DELETE', `${members}/${bob.id}/roles/${role.id}`)).status).toBe(204)
    await refused(50_028, ada, 'DELETE', `${roles}/${guild.id}`)
    expect((await ada.request('DELETE', `${roles}/${role.id}`)).status).toBe(204)

    await join(ada, stranger, guild.general)
    await refused(50_013, bob, 'DELETE', `${members}/${stranger.id}`)
    expect((await ada.request('DELETE', `${members}/${stranger.id}`)).status).toBe(204)
    await refused(10_007, ada, 'DELETE', `${members}/${stranger.id}`)
    await join(ada, stranger, guild.general)
    expect((await stranger.request('DELETE', `/users/@me/guilds/${guild.id}`)).status).toBe(204)
  })

  test('edited members', async () => {
    const { ada, bob, stranger, bot, guild } = cast()
    const members = `/guilds/${guild.id}/members`
    const until = new Date(Date.now() + 3_600_000).toISOString()
    await ada.expect('PATCH', `${members}/${bob.id}`, { nick: 'Bobby', communication_disabled_until: until })
    await ada.expect('PATCH', `${members}/${bob.id}`, { nick: null, communication_disabled_until: null })
    await refused(50_013, bob, 'PATCH', `${members}/${ada.id}`, { nick: 'x' })
    await refused(50_013, ada, 'PATCH', `${members}/${bot.id}`, { communication_disabled_until: until })
    await refused(10_007, ada, 'PATCH', `${members}/${stranger.id}`, { nick: 'x' })
    await refused(10_011, ada, 'PATCH', `${members}/${bob.id}`, { roles: [NOBODY] })
    await refused(40_032, ada, 'PATCH', `${members}/${bob.id}`, { mute: true })
    const late = { communication_disabled_until: '2999-01-01T00:00:00Z' }
    await refused(FORM, ada, 'PATCH', `${members}/${bob.id}`, late, Object.keys(late)[0])
    const never = { communication_disabled_until: 'soon' }
    await refused(FORM, ada, 'PATCH', `${members}/${bob.id}`, never, Object.keys(never)[0])
    expect(await bob.expect('PATCH', `${members}/@me`, { nick: 'B' })).toMatchObject({ nick: 'B' })
    await refused(FORM, bob, 'PATCH', `${members}/@me`, { nick: 'x'.repeat(33) }, 'nick')
    expect(await bob.expect('PATCH', `${members}/@me/nick`, { nick: null })).toEqual({ nick: null })
    await refused(50_001, stranger, 'PATCH', `${members}/@me/nick`, { nick: 'x' })
    await ada.expect('GET', `${members}/search?query=${bob.username}&limit=2`)
    await refused(FORM, ada, 'GET', `${members}/search`, undefined, 'query')
  })

  test('bans', async () => {
    const { ada, bob, stranger, guild } = cast()
    const bans = `/guilds/${guild.id}/bans`
    await join(ada, stranger, guild.general)
    expect((await ada.request('PUT', `${bans}/${stranger.id}`, {})).status).toBe(204)
    const { code } = await ada.expect('POST', `/channels/${guild.general}/invites`, { unique: true })
    await refused(40_007, stranger, 'POST', `/invites/${code}`, {})
    expect(await ada.expect('GET', bans)).toMatchObject([{ user: { id: stranger.id }, reason: null }])
    await ada.expect('GET', `${bans}/${stranger.id}`)
    await refused(10_026, ada, 'GET', `${bans}/${bob.id}`)
    await refused(50_013, bob, 'GET', bans)
    await refused(FORM, ada, 'GET', `${bans}?limit=1001`, undefined, 'limit')
    await refused(10_013, ada, 'PUT', `${bans}/${NOBODY}`)
    await refused(50_013, bob, 'PUT', `${bans}/${stranger.id}`)
    const long = { delete_message_seconds: 604_801 }
    await refused(FORM, ada, 'PUT', `${bans}/${bob.id}`, long, 'delete_message_seconds')
    expect((await ada.request('DELETE', `${bans}/${stranger.id}`, {})).status).toBe(204)
    await refused(10_026, ada, 'DELETE', `${bans}/${stranger.id}`)
    const bulk = `/guilds/${guild.id}/bulk-ban`
    expect(await ada.expect('POST', bulk, { user_ids: [stranger.id, ada.id] })).toEqual({
      banned_users: [stranger.id],
      failed_users: [ada.id],
    })
    await refused(500_000, ada, 'POST', bulk, { user_ids: [stranger.id] })
    await refused(FORM, ada, 'POST', bulk, { user_ids: [] }, 'user_ids')
    await refused(50_013, bob, 'POST', bulk, { user_ids: [stranger.id] })
    expect((await ada.request('DELETE', `${bans}/${stranger.id}`, {})).status).toBe(204)
  })

  test('audit log', async () => {
    const { ada, bob, guild } = cast()
    const path = `/guilds/${guild.id}/audit-logs`
    const { audit_log_entries } = await ada.expect('GET', `${path}?limit=100`)
    expect(audit_log_entries.length).toBeGreaterThan(20)
    await refused(50_013, bob, 'GET', path)
    await refused(FORM, ada, 'GET', `${path}?limit=101`, undefined, 'limit')
  })

  test('invites', async () => {
    const { anyone, ada, bob, bot, guild, hidden } = cast()
    const invites = `/channels/${guild.general}/invites`
    const { code } = await ada.expect('POST', invites, { max_age: 0, max_uses: 5, unique: true })
    await refused(FORM, ada, 'POST', invites, { max_age: -1 }, 'max_age')
    await refused(50_001, bob, 'POST', `/channels/${hidden}/invites`, {})
    await anyone.expect('GET', `/invites/${code}?with_counts=true`)
    await ada.expect('POST', invites, { max_age: 60, temporary: true })
    await refused(10_006, anyone, 'GET', '/invites/nothing')
    await refused(20_001, bot, 'POST', `/invites/${code}`, {})
    await refused(10_006, bob, 'POST', '/invites/nothing', {})
    await bob.expect('POST', `/invites/${code}`, {})
    await refused(50_013, bob, 'DELETE', `/invites/${code}`)
    await ada.expect('DELETE', `/invites/${code}`)
    await refused(10_006, ada, 'DELETE', `/invites/${code}`)
  })
}
