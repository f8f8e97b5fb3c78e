import { Caller, join, newBot, newGuild, newPerson } from '#test/support/people.ts'
import { dataUri, MOVING_GIF, PNG } from '#test/support/pictures.ts'
import type { Known } from './schema-values.ts'

export const CALLERS = ['owner', 'member', 'stranger', 'bot', 'anonymous', 'forged'] as const
export type CallerName = (typeof CALLERS)[number]

/** A guild with everything in it, and who calls. */
export interface FuzzWorld {
  readonly callers: Readonly<Record<CallerName, Caller>>
  readonly tokens: readonly string[]
  readonly known: Known
  /** Does everything that requests are made of still stand? */
  isAlive(): Promise<boolean>
}

export const EMOJI = encodeURIComponent('👍')

export async function newFuzzWorld(base: string): Promise<FuzzWorld> {
  const [owner, member, stranger] = await Promise.all([
    newPerson(base, 'owner'),
    newPerson(base, 'member'),
    newPerson(base, 'stranger'),
  ])
  const guild = await newGuild(owner)
  await join(owner, member, guild.general)
  const away = await newGuild(stranger, 'Away')
  const bot = await newBot(owner, guild.id)
  const channel = (body: object) => owner.expect('POST', `/guilds/${guild.id}/channels`, body)
  const category = await channel({ name: 'category', type: 4 })
  const below = await channel({ name: 'below', type: 0, parent_id: category.id })
  const voice = await channel({ name: 'voice', type: 2 })
  const roles = [
    await owner.expect('POST', `/guilds/${guild.id}/roles`, { name: 'one' }),
    await owner.expect('POST', `/guilds/${guild.id}/roles`, { name: 'two', permissions: '8' }),
  ]
  const say = async (caller: Caller, channelId: string, more: object = {}) =>
    (await caller.expect('POST', `/channels/${channelId}/messages`, { content: 'needle', ...more }))
      .id as string
  const direct = await owner.expect('POST', '/users/@me/channels', { recipient_id: bot.applicationId })
  const group = await owner.expect('POST', '/users/@me/channels', { recipients: [member.id] })
  const messages = [
    await say(owner, guild.general),
    await say(member, guild.general),
    await say(owner, below.id),
    await say(owner, direct.id),
    await say(member, group.id),
  ]
  await owner.expect('PUT', `/channels/${guild.general}/messages/${messages[0]}/reactions/${EMOJI}/@me`)
  const invite = await owner.expect('POST', `/channels/${guild.general}/invites`, {})
  const emoji = await owner.expect('POST', `/guilds/${guild.id}/emojis`, {
    name: 'kettle',
    image: dataUri(PNG),
  })
  const { attachments } = await owner.expect('POST', `/channels/${guild.general}/attachments`, {
    files: [{ filename: 'a.txt', file_size: 1 }],
  })

  const users = [owner.id, member.id, stranger.id, bot.applicationId]
  const channels = [
    guild.general,
    guild.general,
    below.id,
    category.id,
    voice.id,
    direct.id,
    group.id,
    away.general,
  ]
  const guilds = [guild.id, guild.id, guild.id, away.id]
  const roleIds = [...roles.map(({ id }) => id as string), guild.id]
  const images = [dataUri(PNG), dataUri(PNG), dataUri(MOVING_GIF, 'gif'), dataUri(PNG, 'webp')]
  const named = (names: string, values: readonly string[]) =>
    Object.fromEntries(names.split(' ').map((name) => [name, values]))
  const known: Known = {
    ...named('guild_id guild_ids guild_positions restricted_guilds', guilds),
    ...named('channel_id system_channel_id rules_channel_id parent_id afk_channel_id', channels),
    ...named('message_id messages before after around', messages),
    ...named('user_id user_ids recipient_id recipients users owner_id author_id target_id', users),
    ...named('role_id roles', roleIds),
    ...named('overwrite_id id', [...roleIds, ...users, ...channels]),
    ...named('application_id client_id', [bot.applicationId]),
    ...named('emoji_id', [emoji.id]),
    ...named('image avatar icon banner', images),
    ...named('allow deny permissions', ['0', '8', '1024', String(2n ** 53n), String(2n ** 70n)]),
    ...named('uploaded_filename upload_filename', [attachments[0].upload_filename]),
    code: [invite.code],
    emoji: [EMOJI, `kettle:${emoji.id}`],
    username: [member.username, stranger.username, 'somebody', 'wumpus_9'],
    token: ['x'.repeat(40)],
  }
  const callers: FuzzWorld['callers'] = {
    owner,
    member,
    stranger,
    bot: owner.as(`Bot ${bot.token}`),
    anonymous: new Caller(base),
    forged: owner.as('Bot not-a-token'),
  }
  return {
    callers,
    known,
    tokens: [owner.token, member.token, stranger.token, bot.token],
    async isAlive() {
      const standing = await Promise.all([
        ...(['owner', 'member', 'bot'] as const).map((name) =>
          callers[name].request('GET', `/channels/${guild.general}/messages/${messages[1]}`),
        ),
        callers.stranger.request('GET', `/guilds/${away.id}`),
      ])
      return standing.every(({ status }) => status === 200)
    },
  }
}
