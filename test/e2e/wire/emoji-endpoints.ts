import { expect, test } from 'vitest'
import { dataUri, PNG } from '#test/support/pictures.ts'
import { type Cast, FORM, NOBODY, refused } from './cast.ts'

/** A guild's own emojis, and reactions with them. */
export function emojiEndpoints(cast: () => Cast): void {
  test('emojis', async () => {
    const { ada, bob, stranger, guild } = cast()
    const emojis = `/guilds/${guild.id}/emojis`
    const body = { name: 'kettle', image: dataUri(PNG), roles: [] }
    const { id } = await ada.expect('POST', emojis, body)
    await refused(50_001, stranger, 'POST', emojis, body)
    await refused(FORM, ada, 'POST', emojis, { ...body, image: 'data:,' }, 'image')
    await refused(FORM, ada, 'POST', emojis, { ...body, name: 'x' }, 'name')
    await refused(10_011, ada, 'POST', emojis, { ...body, roles: [NOBODY] })
    await ada.expect('GET', emojis)
    await bob.expect('GET', emojis)
    await refused(50_001, stranger, 'GET', emojis)
    await bob.expect('GET', `${emojis}/${id}`)
    await refused(10_014, bob, 'GET', `${emojis}/${NOBODY}`)
    await ada.expect('PATCH', `${emojis}/${id}`, { name: 'pot', roles: null })
    await refused(FORM, ada, 'PATCH', `${emojis}/${id}`, { name: 'tea pot' }, 'name')
    await refused(50_013, bob, 'PATCH', `${emojis}/${id}`, { name: 'mine' })
    await refused(50_013, bob, 'DELETE', `${emojis}/${id}`)

    const { id: message } = await ada.expect('POST', `/channels/${guild.general}/messages`, {
      content: 'tea',
    })
    const reactions = `/channels/${guild.general}/messages/${message}/reactions`
    expect((await bob.request('PUT', `${reactions}/pot:${id}/@me`)).status).toBe(204)
    await bob.expect('GET', `/channels/${guild.general}/messages/${message}`)
    await refused(10_014, bob, 'PUT', `${reactions}/pot:${NOBODY}/@me`)
    expect((await ada.request('DELETE', `${reactions}/pot:${id}`)).status).toBe(204)

    expect((await ada.request('DELETE', `${emojis}/${id}`)).status).toBe(204)
    await refused(10_014, ada, 'DELETE', `${emojis}/${id}`)
  })
}
