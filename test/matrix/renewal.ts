import { type Caller, join, type Person } from '#test/support/people.ts'
import { announce, EMOJI, newEmoji, type Place, type Subject, timeOut, type World } from './world.ts'

/** Who makes a call that must succeed, and with which ids. */
export interface Ready {
  readonly caller: Caller
  readonly ids: Place
}
export type Before = (world: World, ids: Place, subject: Subject) => Promise<Ready>
export type After = (world: World, ids: Place, subject: Subject) => Promise<void>

/** The owner of the guild that ids are about. */
export function lordOf({ town, subjects }: World, { guild_id, channel_id, code }: Place): Subject {
  const guild =
    town.guilds.get(guild_id ?? '') ?? town.guildOfChannel(channel_id ?? town.invites.get(code ?? ''))
  const lord = Object.values(subjects).find(({ id }) => id === guild?.guild.owner_id)
  if (!lord) throw new Error('the ids are of neither guild')
  return lord
}

const renewed =
  (make: (lord: Caller, ids: Place) => Promise<Place>): Before =>
  async (world, ids, { caller }) => ({
    caller,
    ids: { ...ids, ...(await make(lordOf(world, ids).caller, ids)) },
  })

const say = async (caller: Caller, { channel_id }: Place): Promise<string> =>
  (await caller.expect('POST', `/channels/${channel_id}/messages`, { content: 'soon gone' })).id

/** New things in the place of those that the call uses up. */
export const anew = {
  guild: renewed(async (lord) => ({
    guild_id: (await lord.expect('POST', '/guilds', { name: 'Soon gone' })).id,
  })),
  role: renewed(async (lord, { guild_id }) => ({
    role_id: (await lord.expect('POST', `/guilds/${guild_id}/roles`, {})).id,
  })),
  /** A conversation is not used up. */
  channel: (async (world, ids, { caller }) => {
    if (world.town.conversations.has(ids.channel_id ?? '')) return { caller, ids }
    const guildId = world.town.guildOfChannel(ids.channel_id)?.guild.id
    const lord = lordOf(world, ids).caller
    const { id } = await lord.expect('POST', `/guilds/${guildId}/channels`, { name: 'soon-gone' })
    return { caller, ids: { ...ids, channel_id: id } }
  }) as Before,
  invite: (async (world, ids, { caller }) => {
    const channel = world.town.invites.get(ids.code ?? '')
    const { code } = await lordOf(world, ids).caller.expect('POST', `/channels/${channel}/invites`, {
      unique: true,
    })
    return { caller, ids: { ...ids, code } }
  }) as Before,
  group: (async (world, ids, { caller }) => {
    const recipients = [world.subjects['plain member'].id, world.own.user_id]
    const { id } = await world.owner.expect('POST', '/users/@me/channels', { recipients })
    return { caller, ids: { ...ids, channel_id: id } }
  }) as Before,
  /** Of the same author. */
  message: (async (world, ids, { name, id, caller }) => {
    const own = world.town.messages.get(ids.message_id ?? '')?.authorId === id
    const message_id = (own && world.mine.get(name)?.pop()) || (await say(lordOf(world, ids).caller, ids))
    return { caller, ids: { ...ids, message_id } }
  }) as Before,
  /** Of the guild's owner. */
  messageOfOwner: renewed(async (lord, ids) => ({ message_id: await say(lord, ids) })),
  messages: renewed(async (lord, ids) => ({
    message_id: await say(lord, ids),
    another_id: await say(lord, ids),
  })),
  emoji: (async (world, ids, { caller }) => {
    const lord = lordOf(world, ids)
    const emoji_id = await newEmoji(
      world.town,
      Object.assign(lord.caller, { id: lord.id }),
      ids.guild_id as string,
    )
    return { caller, ids: { ...ids, emoji_id } }
  }) as Before,
  /** Of who discards it. */
  upload: (async ({ town }, ids, { id, caller }) => {
    const { channelId = '' } = town.uploads.get(ids.upload_filename ?? '') ?? {}
    const upload_filename = await announce(town, Object.assign(caller, { id }), channelId)
    return { caller, ids: { ...ids, upload_filename } }
  }) as Before,
  token: (async (_world, ids, { caller, username }) => {
    const login = { login: username, password: 'correct horse battery' }
    return { caller: caller.as((await caller.expect('POST', '/auth/login', login)).token), ids }
  }) as Before,
}

const giveRoles = async (world: World, lord: Caller, guildId: string, userId: string): Promise<void> => {
  const member = `/guilds/${guildId}/members/${userId}`
  const had: string[] = world.town.guild(guildId).members[userId]?.roles ?? []
  const { roles } = (await lord.expect('GET', member)) as { roles: string[] }
  for (const id of roles.filter((id) => !had.includes(id)))
    await lord.expect('DELETE', `${member}/roles/${id}`)
  for (const id of had.filter((id) => !roles.includes(id))) await lord.expect('PUT', `${member}/roles/${id}`)
}

const comeBack = async (world: World, ids: Place, guest: Pick<Person, 'id'> & Caller): Promise<void> => {
  const { caller: lord } = lordOf(world, ids)
  const guildId = ids.guild_id as string
  const own = guildId === world.own.guild_id
  await join(lord, guest, (own ? world.lobby : world.foreign.channel_id) as string)
  await giveRoles(world, lord, guildId, guest.id)
  const until = world.town.guild(guildId).members[guest.id]?.communication_disabled_until
  if (until) await timeOut(lord, guildId, guest.id)
}

/** Puts back what a call took away. */
export const back = {
  caller: (async (world, ids, { id, bot, caller }) => {
    if (!bot) return comeBack(world, ids, Object.assign(caller, { id }))
    const body = { guild_id: ids.guild_id, permissions: '8' }
    await lordOf(world, ids).caller.expect('POST', `/oauth2/authorize?client_id=${id}`, body)
    await world.refresh()
  }) as After,
  member: (async (world, ids) => {
    const guest = world.people.get(ids.user_id ?? '')
    if (guest) await comeBack(world, ids, guest)
  }) as After,
  /** Lets somebody in again who was banned by the call. */
  banned: (async (world, ids) => {
    const { guild_id = '', user_id = '' } = ids
    const { caller } = lordOf(world, ids)
    if (!world.town.bans.has(`${guild_id} ${user_id}`))
      await caller.expect('DELETE', `/guilds/${guild_id}/bans/${user_id}`)
    const guest = world.people.get(user_id)
    if (guest && world.town.isMember(world.town.guild(guild_id), user_id)) await comeBack(world, ids, guest)
  }) as After,
  ban: (async (world, ids) => {
    await lordOf(world, ids).caller.expect('PUT', `/guilds/${ids.guild_id}/bans/${ids.user_id}`)
  }) as After,
  voice: (async (world, ids) => {
    const member = `/guilds/${ids.guild_id}/members/${ids.user_id}`
    await lordOf(world, ids).caller.expect('PATCH', member, { communication_disabled_until: null })
  }) as After,
  order: (async (world, ids) => {
    const { guild_id = '', role_id = '' } = ids
    const { position } = world.town.guild(guild_id).roles[role_id]
    await lordOf(world, ids).caller.expect('PATCH', `/guilds/${guild_id}/roles`, [{ id: role_id, position }])
  }) as After,
  owner: (async (world, ids) => {
    const { id } = lordOf(world, ids)
    const heir = world.people.get(ids.user_id ?? '')
    if (heir && heir.id !== id) await heir.expect('PATCH', `/guilds/${ids.guild_id}`, { owner_id: id })
  }) as After,
  strangers: (async (_world, ids, { caller }) => {
    await caller.expect('DELETE', `/users/@me/relationships/${ids.user_id}`)
  }) as After,
  roles: (async (world, ids) => {
    await giveRoles(world, lordOf(world, ids).caller, ids.guild_id as string, ids.user_id as string)
  }) as After,
  guest: (async (world, ids, { id }) => {
    const guild = world.town.guildOfChannel(world.town.invites.get(ids.code ?? ''))
    if (!guild || world.town.isMember(guild, id)) return
    await lordOf(world, ids).caller.expect('DELETE', `/guilds/${guild.guild.id}/members/${id}`)
  }) as After,
  overwrite: (async (world, { channel_id, overwrite_id, ...ids }) => {
    const { caller } = lordOf(world, { channel_id: channel_id as string, ...ids })
    await caller.expect('PUT', `/channels/${channel_id}/permissions/${overwrite_id}`, { type: 0, deny: '64' })
  }) as After,
  reaction: (async (world, ids) => {
    const path = `/channels/${ids.channel_id}/messages/${ids.message_id}/reactions/${EMOJI}/@me`
    await lordOf(world, ids).caller.expect('PUT', path)
  }) as After,
}
