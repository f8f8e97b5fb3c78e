import { Caller, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { dataUri, PNG } from '#test/support/pictures.ts'
import type { TestServer } from '#test/support/server.ts'
import { Town } from './town.ts'

/** Who calls every route. Whoever is in the guild with a role has all permissions but ADMINISTRATOR by it. */
export const SUBJECTS = [
  'anonymous',
  /** Of nothing but the foreign guild, which is his own. */
  'stranger',
  /** Was in the guild, and wrote in it. */
  'former member',
  /** Without roles. */
  'plain member',
  /** With the role, but may not see the channel. */
  'without view',
  /** With the role, but sees the channel and may do nothing in it. */
  'denied by overwrite',
  /** With the role. */
  'timed out',
  'moderator',
  'owner',
  /** An administrator below all other roles. */
  'bot',
  /** An administrator of the foreign guild. */
  'foreign bot',
] as const
export type SubjectName = (typeof SUBJECTS)[number]

export interface Subject {
  readonly name: SubjectName
  readonly caller: Caller
  readonly id: string
  readonly bot: boolean
  readonly token: string
  readonly username: string
}

/** Ids of what a guild has, by the names of path parameters. */
export type Place = Readonly<Record<string, string>>

export interface World {
  readonly town: Town
  readonly subjects: Readonly<Record<SubjectName, Subject>>
  readonly owner: Caller
  /** Where everything happens, and where the stranger is the owner. */
  readonly own: Place
  readonly foreign: Place
  /** A channel that every member sees. */
  readonly lobby: string
  /** Of the owner and the bot. */
  readonly conversation: string
  /** Of the owner, the plain member, and him whom `own` names. */
  readonly group: string
  /** A role above those of all subjects, and who has one that high, or a low one. */
  readonly highRole: string
  readonly peer: Person
  readonly keeper: Person
  /** Who may not come into the own guild. */
  readonly banned: string
  /** Messages of each subject that may be used up, in the channel. */
  readonly mine: ReadonlyMap<SubjectName, string[]>
  /** All but the bots, by id. */
  readonly people: ReadonlyMap<string, Person>
  readonly dataDir: string
  readonly gateway: string
  /** Reads the guilds again. */
  refresh(): Promise<void>
}

const EVERYTHING = (1n << 53n) - 1n
const ADMINISTRATOR = 1n << 3n
const VIEW_CHANNEL = 1n << 10n
export const EMOJI = encodeURIComponent('👍')

export async function newWorld({ http, gateway, dataDir }: TestServer): Promise<World> {
  const cast = async <N extends string>(...names: readonly N[]) =>
    Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await newPerson(http, name)] as const)),
    ) as Record<N, Person>
  const { owner, stranger, former, plain, blind, denied, late, moderator, ...others } = await cast(
    ...(['owner', 'stranger', 'former', 'plain', 'blind', 'denied', 'late', 'moderator'] as const),
    ...(['peer', 'keeper', 'victim', 'tenant', 'outlaw'] as const),
  )
  const { peer, keeper, victim, tenant, outlaw } = others

  const home = await newGuild(owner, 'Home')
  const town = new Town()
  const role = async (caller: Caller, guildId: string, permissions: bigint) =>
    (await caller.expect('POST', `/guilds/${guildId}/roles`, { permissions: String(permissions) }))
      .id as string
  // Of equal positions the older is above.
  const highRole = await role(owner, home.id, 0n)
  const moderators = await role(owner, home.id, EVERYTHING & ~ADMINISTRATOR)
  const lowRole = await role(owner, home.id, 0n)
  const { id: channelId } = await owner.expect('POST', `/guilds/${home.id}/channels`, { name: 'square' })

  const inside = [former, plain, blind, denied, late, moderator, peer, keeper, victim]
  for (const guest of inside) await join(owner, guest, home.general)
  const given = { [highRole]: [peer], [moderators]: [blind, denied, late, moderator], [lowRole]: [keeper] }
  for (const [roleId, holders] of Object.entries(given))
    for (const one of holders)
      await owner.expect('PUT', `/guilds/${home.id}/members/${one.id}/roles/${roleId}`)
  const bot = await newBot(owner, home.id)

  const away = await newGuild(stranger, 'Away')
  const foreignRole = await role(stranger, away.id, 0n)
  for (const guest of [tenant, former]) await join(stranger, guest, away.general)
  const foreignBot = await newBot(stranger, away.id)

  const botOf = ({ token, applicationId }: typeof bot) =>
    Object.assign(new Caller(http, `Bot ${token}`), { id: applicationId, token, username: '' })
  const callers: Record<SubjectName, Person> = {
    anonymous: Object.assign(new Caller(http), { id: '', token: '', username: '' }),
    stranger,
    'former member': former,
    'plain member': plain,
    'without view': blind,
    'denied by overwrite': denied,
    'timed out': late,
    moderator,
    owner,
    bot: botOf(bot),
    'foreign bot': botOf(foreignBot),
  }
  const subjects = Object.fromEntries(
    SUBJECTS.map((name): [SubjectName, Subject] => {
      const { id, token, username } = callers[name]
      return [name, { name, caller: callers[name], id, bot: name.endsWith('bot'), token, username }]
    }),
  ) as Record<SubjectName, Subject>

  const say = async (caller: Caller & { id: string }, channel: string) => {
    const { id } = await caller.expect('POST', `/channels/${channel}/messages`, { content: 'needle' })
    town.messages.set(id, { channelId: channel, authorId: caller.id })
    return id as string
  }
  const mine = new Map<SubjectName, string[]>()
  for (const name of SUBJECTS) {
    if (['anonymous', 'stranger', 'foreign bot'].includes(name)) continue
    mine.set(name, [await say(callers[name], channelId), await say(callers[name], channelId)])
  }
  const { id: conversation } = await owner.expect('POST', '/users/@me/channels', {
    recipient_id: bot.applicationId,
  })
  town.conversations.set(conversation, [owner.id, bot.applicationId])
  await say(owner, conversation)
  const inGroup = [plain.id, victim.id]
  const { id: group } = await owner.expect('POST', '/users/@me/channels', { recipients: inGroup })
  town.conversations.set(group, [owner.id, ...inGroup])
  town.groups.set(group, owner.id)

  const place = async (lord: Person, ids: Place): Promise<Place> => {
    const path = `/channels/${ids.channel_id}`
    const message_id = await say(lord, ids.channel_id as string)
    await lord.expect('PUT', `${path}/messages/${message_id}/reactions/${EMOJI}/@me`)
    town.reactions.add(`${message_id} ${EMOJI}`)
    await lord.expect('POST', `${path}/messages`, { content: '@everyone' })
    await lord.expect('PUT', `${path}/permissions/${ids.role_id}`, { type: 0, deny: '64' })
    const { code } = await lord.expect('POST', `${path}/invites`, { max_age: 0 })
    town.invites.set(code, ids.channel_id as string)
    const { id: application_id } = await lord.expect('POST', '/applications', { name: 'A spare one' })
    await lord.expect('POST', `/applications/${application_id}/bot`)
    town.applications.set(application_id, lord.id)
    const upload_filename = await announce(town, lord, ids.channel_id as string)
    const attachment_url = await attach(lord, path)
    const emoji_id = await newEmoji(town, lord, ids.guild_id as string)
    town.links.set(attachment_url, ids.channel_id as string)
    return {
      ...ids,
      overwrite_id: ids.role_id as string,
      message_id,
      code,
      application_id,
      upload_filename,
      attachment_url,
      emoji_id,
      emoji: EMOJI,
    }
  }
  const own = await place(owner, {
    guild_id: home.id,
    channel_id: channelId,
    role_id: lowRole,
    user_id: victim.id,
  })
  const foreign = await place(stranger, {
    guild_id: away.id,
    channel_id: away.general,
    role_id: foreignRole,
    user_id: tenant.id,
  })

  await owner.expect('DELETE', `/guilds/${home.id}/members/${former.id}`)
  await owner.expect('PUT', `/guilds/${home.id}/bans/${outlaw.id}`)
  town.bans.add(`${home.id} ${outlaw.id}`)
  for (const [one, bits] of [
    [blind, VIEW_CHANNEL],
    [denied, EVERYTHING & ~ADMINISTRATOR & ~VIEW_CHANNEL],
  ] as const)
    await owner.expect('PUT', `/channels/${channelId}/permissions/${one.id}`, { type: 1, deny: String(bits) })
  await timeOut(owner, home.id, late.id)

  const refresh = async () => {
    await Promise.all([town.read(owner, home.id), town.read(stranger, away.id)])
  }
  await refresh()
  const { general: lobby } = home
  const everybody = [
    owner,
    stranger,
    former,
    plain,
    blind,
    denied,
    late,
    moderator,
    peer,
    keeper,
    victim,
    tenant,
  ]
  const people = new Map(everybody.map((one) => [one.id, one]))
  return {
    people,
    dataDir,
    gateway,
    town,
    subjects,
    owner,
    own,
    foreign,
    lobby,
    conversation,
    group,
    highRole,
    peer,
    keeper,
    banned: outlaw.id,
    mine,
    refresh,
  }
}

const HOUR = 3_600_000

export const soon = (): string => new Date(Date.now() + HOUR).toISOString()

export async function timeOut(lord: Caller, guildId: string, userId: string): Promise<void> {
  await lord.expect('PATCH', `/guilds/${guildId}/members/${userId}`, { communication_disabled_until: soon() })
}

/** A file that is announced, and in no message. */
export async function announce(
  town: Town,
  caller: Caller & { readonly id: string },
  channelId: string,
): Promise<string> {
  const { attachments } = await caller.expect('POST', `/channels/${channelId}/attachments`, {
    files: [{ filename: 'a.txt', file_size: 1 }],
  })
  town.uploads.set(attachments[0].upload_filename, { channelId, userId: caller.id })
  return attachments[0].upload_filename
}

export const PICTURE = dataUri(PNG)

export async function newEmoji(
  town: Town,
  caller: Caller & { readonly id: string },
  guildId: string,
): Promise<string> {
  const body = { name: 'kettle', image: PICTURE }
  const { id } = await caller.expect('POST', `/guilds/${guildId}/emojis`, body)
  town.emojis.set(id, { guildId, userId: caller.id })
  return id
}

/** The link to a file in a message. */
async function attach(caller: Caller, path: string): Promise<string> {
  const form = new FormData()
  form.append('files[0]', new Blob(['x']), 'a.txt')
  return (await caller.expect('POST', `${path}/messages`, form)).attachments[0].url
}
