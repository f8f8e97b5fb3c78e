import { expect, test } from 'vitest'
import { type Cast, FORM, NOBODY, refused, VIEW_CHANNEL } from './cast.ts'

const MANAGE_CHANNELS = String(1 << 4)
const MANAGE_ROLES_AND_CHANNELS = String((1 << 28) | (1 << 4))

/** Channels and roles moved all at once, and what lists roles, members of oneself and invites. */
export function orderEndpoints(cast: () => Cast): void {
  test('channels are moved all or none', async () => {
    const { ada, bob, stranger, guild, hidden } = cast()
    const channels = `/guilds/${guild.id}/channels`
    const permission_overwrites = [{ id: guild.id, type: 0, allow: '0', deny: VIEW_CHANNEL }]
    const category = await ada.expect('POST', channels, { name: 'Attic', type: 4, permission_overwrites })
    const [first, second] = [
      await ada.expect('POST', channels, { name: 'first' }),
      await ada.expect('POST', channels, { name: 'second' }),
    ]
    await refused(50_013, bob, 'PATCH', channels, [{ id: first.id, position: 9 }])
    await refused(50_001, stranger, 'PATCH', channels, [{ id: first.id, position: 9 }])
    await refused(FORM, ada, 'PATCH', channels, { id: first.id, position: 9 }, '_errors')
    await refused(10_003, ada, 'PATCH', channels, [
      { id: first.id, position: 9 },
      { id: NOBODY, position: 8 },
    ])
    await refused(FORM, ada, 'PATCH', channels, [{ id: first.id, parent_id: hidden }], 'parent_id')
    expect((await ada.expect('GET', `/channels/${first.id}`)).position).toBe(first.position)

    const moves = [
      { id: first.id, position: 9, parent_id: category.id, lock_permissions: true },
      { id: second.id, position: 8, parent_id: category.id },
    ]
    expect((await ada.request('PATCH', channels, moves)).status).toBe(204)
    expect(await ada.expect('GET', `/channels/${first.id}`)).toMatchObject({
      position: 9,
      parent_id: category.id,
      permission_overwrites,
    })
    expect(await ada.expect('GET', `/channels/${second.id}`)).toMatchObject({
      position: 8,
      parent_id: category.id,
      permission_overwrites: [],
    })
    for (const { id } of [first, second, category]) await ada.expect('DELETE', `/channels/${id}`)
  })

  test('channels are put in order by who manages those of the guild, and change category by who manages both', async () => {
    const { ada, bob, guild, hidden } = cast()
    const [channels, members] = [`/guilds/${guild.id}/channels`, `/guilds/${guild.id}/members/${bob.id}`]
    const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, { permissions: MANAGE_CHANNELS })
    const unmanaged = { id: bob.id, type: 1, deny: MANAGE_CHANNELS }
    const make = (fields: object) => ada.expect('POST', channels, fields)
    const category = await make({ name: 'Cellar', type: 4 })
    const closed = await make({ name: 'Vault', type: 4, permission_overwrites: [unmanaged] })
    const [mine, other] = [
      await make({ name: 'mine' }),
      await make({ name: 'other', permission_overwrites: [unmanaged] }),
    ]
    const here = `/channels/${mine.id}/permissions/${bob.id}`
    await ada.request('PUT', here, { type: 1, allow: MANAGE_CHANNELS })
    await refused(50_013, bob, 'PATCH', channels, [{ id: mine.id, position: 7 }])
    await ada.request('DELETE', here)
    await ada.request('PUT', `${members}/roles/${role.id}`)

    const places = [hidden, other.id, mine.id].map((id, position) => ({ id, position, parent_id: null }))
    expect((await bob.request('PATCH', channels, places)).status).toBe(204)
    expect(await ada.expect('GET', `/channels/${hidden}`)).toMatchObject({ position: 0 })
    const into = (id: string, parent_id: string) => [{ id, parent_id }]
    await refused(50_013, bob, 'PATCH', channels, into(other.id, category.id))
    await refused(50_001, bob, 'PATCH', channels, into(hidden, category.id))
    await refused(50_013, bob, 'PATCH', channels, into(mine.id, closed.id))
    const sync = [{ id: mine.id, parent_id: category.id, lock_permissions: true }]
    expect((await bob.request('PATCH', channels, sync)).status).toBe(204)
    await ada.request('PUT', `/channels/${category.id}/permissions/${bob.id}`, { type: 1, deny: '64' })
    await ada.request('PUT', here, { type: 1, deny: '128' })
    await refused(50_013, bob, 'PATCH', channels, sync)
    for (const { id } of [mine, other, category, closed]) await ada.expect('DELETE', `/channels/${id}`)
    await ada.request('DELETE', `/guilds/${guild.id}/roles/${role.id}`)
  })

  test('roles are moved below the own highest, whatever is sent for those above', async () => {
    const { ada, bob, stranger, guild } = cast()
    const roles = `/guilds/${guild.id}/roles`
    const make = (name: string, permissions = '0') => ada.expect('POST', roles, { name, permissions })
    const [low, middle, own, high] = [
      await make('low'),
      await make('middle'),
      await make('own', MANAGE_ROLES_AND_CHANNELS),
      await make('high'),
    ]
    const place = (...ids: string[]) => ids.map((id, index) => ({ id, position: index }))
    await refused(50_013, bob, 'PATCH', roles, place(guild.id, low.id))
    await refused(50_001, stranger, 'PATCH', roles, place(guild.id, low.id))
    await refused(10_011, ada, 'PATCH', roles, [{ id: NOBODY, position: 1 }])
    await refused(50_028, ada, 'PATCH', roles, [{ id: guild.id, position: 1 }])
    const before = (await ada.expect('GET', roles)).map(({ id }: { id: string }) => id)
    const others = before.filter((id: string) => ![guild.id, low.id, middle.id, own.id, high.id].includes(id))
    const ordered = await ada.expect(
      'PATCH',
      roles,
      place(guild.id, low.id, middle.id, own.id, high.id, ...others),
    )
    expect(ordered.slice(0, 5).map(({ id }: { id: string }) => id)).toEqual([
      guild.id,
      low.id,
      middle.id,
      own.id,
      high.id,
    ])

    await ada.request('PUT', `/guilds/${guild.id}/members/${bob.id}/roles/${own.id}`)
    await refused(50_013, bob, 'PATCH', roles, [{ id: low.id, position: 3 }])
    await refused(50_013, bob, 'PATCH', roles, [{ id: high.id, position: 1 }])
    await refused(50_013, bob, 'PATCH', roles, [{ id: own.id, position: 9 }])
    const all = place(guild.id, middle.id, low.id, own.id, high.id, ...others)
    const moved = await bob.expect('PATCH', roles, all)
    expect(moved.slice(1, 3).map(({ id }: { id: string }) => id)).toEqual([middle.id, low.id])

    expect(await bob.expect('GET', `${roles}/${own.id}`)).toMatchObject({ id: own.id, position: 3 })
    await refused(10_011, bob, 'GET', `${roles}/${NOBODY}`)
    expect(await bob.expect('GET', `${roles}/member-counts`)).toMatchObject({ [own.id]: 1, [low.id]: 0 })
    await refused(50_001, stranger, 'GET', `${roles}/member-counts`)
    const member = `/users/@me/guilds/${guild.id}/member`
    expect(await bob.expect('GET', member)).toMatchObject({ user: { id: bob.id }, roles: [own.id] })
    await refused(50_001, stranger, 'GET', member)
    for (const { id } of [low, middle, own, high]) await ada.request('DELETE', `${roles}/${id}`)
  })

  test('invites are listed to those who may manage them', async () => {
    const { ada, bob, guild, hidden } = cast()
    const invite = await ada.expect('POST', `/channels/${guild.general}/invites`, { max_uses: 7 })
    const { code } = await ada.expect('POST', `/channels/${hidden}/invites`, { unique: true })
    const codes = (invites: { code: string }[]) => invites.map((one) => one.code)
    const ofGuild = await ada.expect('GET', `/guilds/${guild.id}/invites`)
    expect(codes(ofGuild)).toEqual(expect.arrayContaining([invite.code, code]))
    expect(ofGuild[0]).toMatchObject({ inviter: { id: ada.id }, uses: expect.any(Number) })
    const ofChannel = await ada.expect('GET', `/channels/${hidden}/invites`)
    expect(codes(ofChannel)).toEqual([code])
    await refused(50_013, bob, 'GET', `/guilds/${guild.id}/invites`)
    await refused(50_013, bob, 'GET', `/channels/${guild.general}/invites`)
    await refused(50_001, bob, 'GET', `/channels/${hidden}/invites`)
  })
}
