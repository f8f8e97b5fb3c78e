import { expect, test } from 'vitest'
import { sampleOf } from '#test/support/bad-values.ts'
import { dataUri, PNG } from '#test/support/pictures.ts'
import { routesOf } from '#test/support/rest-probe.ts'
import { type Cast, NOBODY } from './cast.ts'

/** What a route answers to an id that nobody has, by the parameter and, where that is not enough, by the route. */
const UNKNOWN: Readonly<Record<string, number>> = {
  guild_id: 10_004,
  channel_id: 10_003,
  message_id: 10_008,
  role_id: 10_011,
  user_id: 10_007,
  overwrite_id: 10_011,
  application_id: 10_002,
  code: 10_006,
  emoji: 10_014,
  emoji_id: 10_014,
  upload_filename: 50_146,
  'user_id of GET /users/{user_id}': 10_013,
  'user_id of GET /users/{user_id}/profile': 10_013,
  'user_id of GET /users/@me/notes/{user_id}': 10_013,
  'user_id of PUT /users/@me/notes/{user_id}': 10_013,
  'user_id of PUT /users/@me/relationships/{user_id}': 10_013,
  'user_id of DELETE /users/@me/relationships/{user_id}': 10_013,
  'user_id of GET /guilds/{guild_id}/bans/{user_id}': 10_026,
  'user_id of PUT /guilds/{guild_id}/bans/{user_id}': 10_013,
  'user_id of DELETE /guilds/{guild_id}/bans/{user_id}': 10_026,
  'user_id of PUT /channels/{channel_id}/recipients/{user_id}': 10_013,
  'user_id of DELETE /channels/{channel_id}/recipients/{user_id}': 10_013,
  'overwrite_id of DELETE /channels/{channel_id}/permissions/{overwrite_id}': 10_009,
}

const ANY: readonly string[] = [
  // Whoever has not reacted has nothing to lose.
  'user_id of DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/{user_id}',
  // The last message of a channel is often one that is gone.
  'message_id of POST /channels/{channel_id}/messages/{message_id}/ack',
]

/** Each parameter of each route with an id of nobody's, all others being somebody's. */
export function unknownIds(cast: () => Cast): void {
  test('every route refuses every id that is unknown', async () => {
    const { ada, bob, bot, stranger, guild } = cast()
    const recipients = [bob.id, stranger.id]
    const group = await ada.expect('POST', '/users/@me/channels', { recipients })
    const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, {})
    const message = await ada.expect('POST', `/channels/${guild.general}/messages`, { content: 'known' })
    const invite = await ada.expect('POST', `/channels/${guild.general}/invites`, {})
    const picture = { name: 'known', image: dataUri(PNG) }
    const emoji = await ada.expect('POST', `/guilds/${guild.id}/emojis`, picture)
    const ids: Record<string, string> = {
      guild_id: guild.id,
      channel_id: guild.general,
      message_id: message.id,
      role_id: role.id,
      user_id: bob.id,
      overwrite_id: role.id,
      application_id: bot.id,
      code: invite.code,
      emoji: encodeURIComponent('👍'),
      emoji_id: emoji.id,
    }
    const inBodies = {
      ...ids,
      users: bob.id,
      user_ids: bob.id,
      roles: role.id,
      owner_id: bob.id,
      owner: bob.id,
      afk_channel_id: guild.general,
      system_channel_id: guild.general,
      rules_channel_id: guild.general,
      public_updates_channel_id: guild.general,
      parent_id: guild.general,
      id: role.id,
      messages: message.id,
      allow: '0',
      deny: '0',
      permissions: '0',
    }
    const openapi = await (await fetch(`${ada.base}/api/v10/openapi.json`)).json()
    for (const { name, method, template, params, body } of routesOf(openapi as never))
      for (const param of params) {
        if (ANY.includes(`${param} of ${name}`)) continue
        const inPath: Record<string, string> = template.includes('/recipients/')
          ? { ...ids, channel_id: group.id }
          : ids
        const path = template.replace(/\{(\w+)\}/g, (_, key) => (key === param ? NOBODY : inPath[key]) ?? key)
        const answer = await ada.request(method, path, body && sampleOf(body, inBodies))
        const code = UNKNOWN[`${param} of ${name}`] ?? UNKNOWN[param]
        expect([name, param, answer.status, answer.body.code]).toEqual([
          name,
          param,
          code === 50_146 ? 400 : 404,
          code,
        ])
      }
  })
}
