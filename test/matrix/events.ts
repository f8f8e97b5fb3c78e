import type { GatewayEvent } from '#shared/protocol/gateway-events.ts'
import type { Intent } from '#shared/protocol/intents.ts'
import { Flag, mayInChannel, mayInGuild } from '#test/sim/checks/naive-guild.ts'
import { GatewayClient, type Received } from '#test/support/gateway-client.ts'
import { join } from '#test/support/people.ts'
import { EMOJI, PICTURE, type SubjectName, type World } from './world.ts'

type Who = (world: World, subject: { name: SubjectName; id: string }) => boolean
type Matches = (d: Received['d']) => boolean

export interface EventRow {
  readonly event: GatewayEvent
  /** The intent that a session must have asked for. */
  readonly intent: keyof typeof Intent | 'none'
  readonly who: Who
  /** Makes it happen. @returns how it is known */
  readonly act: (world: World, last: Last) => Promise<Matches>
}

/** What earlier rows have made, for those that change it or take it away. */
export type Last = Record<string, string>

/** Only to a session that asks for it. */
export const ANSWERS: readonly GatewayEvent[] = ['READY', 'RESUMED', 'GUILD_MEMBERS_CHUNK', 'RATE_LIMITED']

const members: Who = ({ town, own }, { id }) => town.isMember(town.guild(own.guild_id), id)
/** Time passes without an event, so that nobody who is timed out is told less. */
const allowed =
  (flag: 'VIEW_CHANNEL' | 'MANAGE_CHANNELS'): Who =>
  ({ town, own }, { id }) =>
    mayInChannel(town.guild(own.guild_id), id, own.channel_id as string, Flag[flag])
const viewers = allowed('VIEW_CHANNEL')
const eitherOf =
  (...flags: ('BAN_MEMBERS' | 'VIEW_AUDIT_LOG')[]): Who =>
  ({ town, own }, { id }) =>
    flags.some((flag) => mayInGuild(town.guild(own.guild_id), id, Flag[flag]))
const only =
  (...names: SubjectName[]): Who =>
  (_, { name }) =>
    names.includes(name)
const inGroup = only('owner', 'moderator', 'stranger')
const membersBut =
  (name: SubjectName): Who =>
  (world, subject) =>
    subject.name !== name && members(world, subject)

const row = (
  event: GatewayEvent,
  intent: EventRow['intent'],
  who: Who,
  act: (world: World, last: Last) => Promise<Matches>,
): EventRow => ({ event, intent, who, act })

const guildOf = ({ own }: World) => `/guilds/${own.guild_id}`
const squareOf = ({ own }: World) => `/channels/${own.channel_id}`
const withId =
  (id: string | undefined): Matches =>
  (d) =>
    d.id === id

/** Messages and reactions in a channel, and the intents that they take. */
const spoken = (
  who: Who,
  intents: Record<'messages' | 'reactions' | 'typing', keyof typeof Intent>,
  path: (world: World, last: Last) => string,
) => {
  const inIt =
    (
      fits: (d: Received['d'], last: Last) => boolean,
      act: (world: World, last: Last, path: string) => Promise<unknown>,
    ) =>
    async (world: World, last: Last): Promise<Matches> => {
      await act(world, last, path(world, last))
      const known = { ...last }
      return (d) => fits(d, known)
    }
  const ofMessage = (d: Received['d'], { message }: Last) => d.id === message
  const onMessage = (d: Received['d'], { message }: Last) => d.message_id === message
  const reaction = (last: Last, at: string) => `${at}/messages/${last.message}/reactions/${EMOJI}`
  const { messages, reactions, typing } = intents
  return [
    row(
      'MESSAGE_CREATE',
      messages,
      who,
      inIt(ofMessage, async ({ owner }, last, at) => {
        last.message = (await owner.expect('POST', `${at}/messages`, { content: 'told' })).id
      }),
    ),
    row(
      'MESSAGE_UPDATE',
      messages,
      who,
      inIt(ofMessage, ({ owner }, last, at) =>
        owner.expect('PATCH', `${at}/messages/${last.message}`, { content: 'told anew' }),
      ),
    ),
    row(
      'TYPING_START',
      typing,
      (world, subject) => subject.name !== 'owner' && who(world, subject),
      inIt(
        (d, { typed = '' }) => typed.endsWith(d.channel_id),
        ({ owner }, last, at) => {
          last.typed = at
          return owner.expect('POST', `${at}/typing`)
        },
      ),
    ),
    row(
      'MESSAGE_REACTION_ADD',
      reactions,
      who,
      inIt(onMessage, ({ owner }, last, at) => owner.expect('PUT', `${reaction(last, at)}/@me`)),
    ),
    row(
      'MESSAGE_REACTION_REMOVE',
      reactions,
      who,
      inIt(onMessage, ({ owner }, last, at) => owner.expect('DELETE', `${reaction(last, at)}/@me`)),
    ),
  ]
}

const pinned = (who: Who, intent: keyof typeof Intent, path: (world: World, last: Last) => string) =>
  row('CHANNEL_PINS_UPDATE', intent, who, async (world, last) => {
    const at = path(world, last)
    await world.owner.expect('PUT', `${at}/messages/pins/${last.message}`)
    return (d) => at.endsWith(d.channel_id)
  })

const deleted = (who: Who, intent: keyof typeof Intent, path: (world: World, last: Last) => string) =>
  row('MESSAGE_DELETE', intent, who, async (world, last) => {
    const { message } = last
    await world.owner.expect('DELETE', `${path(world, last)}/messages/${message}`)
    return withId(message)
  })

const inGuild = {
  messages: 'GUILD_MESSAGES',
  reactions: 'GUILD_MESSAGE_REACTIONS',
  typing: 'GUILD_MESSAGE_TYPING',
} as const
const direct = {
  messages: 'DIRECT_MESSAGES',
  reactions: 'DIRECT_MESSAGE_REACTIONS',
  typing: 'DIRECT_MESSAGE_TYPING',
} as const

/** Every event, and who is told. In this order: later ones need what earlier ones have made. */
export const eventRows: readonly EventRow[] = [
  row('GUILD_UPDATE', 'GUILDS', members, async (world) => {
    await world.owner.expect('PATCH', guildOf(world), { description: 'told' })
    return (d) => d.id === world.own.guild_id && d.description === 'told'
  }),
  row('USER_GUILD_SETTINGS_UPDATE', 'none', only('owner'), async ({ owner, own }) => {
    await owner.expect('PATCH', `/users/@me/guilds/${own.guild_id}/settings`, { suppress_roles: true })
    return (d) => d.guild_id === own.guild_id
  }),
  row('GUILD_ROLE_CREATE', 'GUILDS', members, async (world, last) => {
    const { id } = await world.owner.expect('POST', `${guildOf(world)}/roles`, {})
    last.role = id
    return (d) => d.role.id === id
  }),
  row('GUILD_ROLE_UPDATE', 'GUILDS', members, async (world, { role }) => {
    await world.owner.expect('PATCH', `${guildOf(world)}/roles/${role}`, { name: 'told' })
    return (d) => d.role.id === role
  }),
  row('GUILD_MEMBER_UPDATE', 'GUILD_MEMBERS', members, async (world, { role }) => {
    await world.owner.expect('PUT', `${guildOf(world)}/members/${world.keeper.id}/roles/${role}`)
    return (d) => d.user.id === world.keeper.id
  }),
  row('GUILD_MEMBER_UPDATE', 'none', members, async (world, { role }) => {
    const { id } = world.subjects.bot
    await world.owner.expect('PUT', `${guildOf(world)}/members/${id}/roles/${role}`)
    return (d) => d.user.id === id
  }),
  row('GUILD_ROLE_DELETE', 'GUILDS', members, async (world, { role }) => {
    await world.owner.expect('DELETE', `${guildOf(world)}/roles/${role}`)
    return (d) => d.role_id === role
  }),
  row('GUILD_MEMBER_ADD', 'GUILD_MEMBERS', members, async (world) => {
    const id = world.foreign.user_id as string
    await join(world.owner, world.people.get(id) as never, world.lobby)
    return (d) => d.user.id === id
  }),
  row('GUILD_MEMBER_REMOVE', 'GUILD_MEMBERS', members, async (world) => {
    const id = world.foreign.user_id
    await world.owner.expect('DELETE', `${guildOf(world)}/members/${id}`)
    return (d) => d.user.id === id
  }),
  row('GUILD_CREATE', 'GUILDS', only('former member'), async (world) => {
    const { name } = await world.owner.expect('PATCH', guildOf(world), { name: 'Home again' })
    await join(world.owner, world.subjects['former member'].caller, world.lobby)
    return (d) => d.name === name
  }),
  row('GUILD_DELETE', 'GUILDS', only('former member'), async (world) => {
    await world.owner.expect('DELETE', `${guildOf(world)}/members/${world.subjects['former member'].id}`)
    return withId(world.own.guild_id)
  }),
  row('CHANNEL_CREATE', 'GUILDS', membersBut('without view'), async (world, last) => {
    const permission_overwrites = [
      { id: world.subjects['without view'].id, type: 1, deny: String(Flag.VIEW_CHANNEL) },
    ]
    const { id } = await world.owner.expect('POST', `${guildOf(world)}/channels`, {
      name: 'told',
      permission_overwrites,
    })
    last.channel = id
    return withId(id)
  }),
  row('CHANNEL_DELETE', 'GUILDS', membersBut('without view'), async (world, { channel }) => {
    await world.owner.expect('DELETE', `/channels/${channel}`)
    return withId(channel)
  }),
  row('CHANNEL_UPDATE', 'GUILDS', viewers, async (world) => {
    await world.owner.expect('PATCH', squareOf(world), { topic: 'told' })
    return withId(world.own.channel_id)
  }),
  row('GUILD_BAN_ADD', 'GUILD_MODERATION', eitherOf('BAN_MEMBERS', 'VIEW_AUDIT_LOG'), async (world) => {
    const id = world.foreign.user_id
    await world.owner.expect('PUT', `${guildOf(world)}/bans/${id}`)
    return (d) => d.user.id === id
  }),
  row('GUILD_BAN_REMOVE', 'GUILD_MODERATION', eitherOf('BAN_MEMBERS', 'VIEW_AUDIT_LOG'), async (world) => {
    const id = world.foreign.user_id
    await world.owner.expect('DELETE', `${guildOf(world)}/bans/${id}`)
    return (d) => d.user.id === id
  }),
  row('GUILD_AUDIT_LOG_ENTRY_CREATE', 'GUILD_MODERATION', eitherOf('VIEW_AUDIT_LOG'), async (world) => {
    await world.owner.expect('PATCH', squareOf(world), { topic: 'audited' })
    return (d) => d.changes?.some(({ new_value }: { new_value: unknown }) => new_value === 'audited')
  }),
  row('GUILD_EMOJIS_UPDATE', 'GUILD_EXPRESSIONS', members, async (world) => {
    const { id } = await world.owner.expect('POST', `${guildOf(world)}/emojis`, {
      name: 'told',
      image: PICTURE,
    })
    return (d) => d.emojis.some((emoji: { id: string }) => emoji.id === id)
  }),
  row('INVITE_CREATE', 'GUILD_INVITES', allowed('MANAGE_CHANNELS'), async (world, last) => {
    const { code } = await world.owner.expect('POST', `${squareOf(world)}/invites`, { unique: true })
    last.code = code
    return (d) => d.code === code
  }),
  row('INVITE_DELETE', 'GUILD_INVITES', allowed('MANAGE_CHANNELS'), async (world, { code }) => {
    await world.owner.expect('DELETE', `/invites/${code}`)
    return (d) => d.code === code
  }),
  ...spoken(viewers, inGuild, squareOf),
  row('MESSAGE_REACTION_REMOVE_EMOJI', inGuild.reactions, viewers, async (world, { message }) => {
    const reactions = `${squareOf(world)}/messages/${message}/reactions/${EMOJI}`
    await world.owner.expect('PUT', `${reactions}/@me`)
    await world.owner.expect('DELETE', reactions)
    return (d) => d.message_id === message
  }),
  row('MESSAGE_REACTION_REMOVE_ALL', inGuild.reactions, viewers, async (world, { message }) => {
    const reactions = `${squareOf(world)}/messages/${message}/reactions`
    await world.owner.expect('PUT', `${reactions}/${EMOJI}/@me`)
    await world.owner.expect('DELETE', reactions)
    return (d) => d.message_id === message
  }),
  pinned(viewers, 'GUILDS', squareOf),
  deleted(viewers, inGuild.messages, squareOf),
  row('MESSAGE_DELETE_BULK', inGuild.messages, viewers, async (world) => {
    const say = async () =>
      (await world.owner.expect('POST', `${squareOf(world)}/messages`, { content: 'told' })).id
    const messages = [await say(), await say()]
    await world.owner.expect('POST', `${squareOf(world)}/messages/bulk-delete`, { messages })
    return (d) => d.ids.includes(messages[0])
  }),
  row('CHANNEL_CREATE', 'DIRECT_MESSAGES', only('moderator'), async ({ subjects }) => {
    const { caller } = subjects.moderator
    const { id } = await caller.expect('POST', '/users/@me/channels', { recipient_id: subjects.bot.id })
    return withId(id)
  }),
  ...spoken(only('owner', 'bot'), direct, ({ conversation }) => `/channels/${conversation}`),
  pinned(only('owner', 'bot'), direct.messages, ({ conversation }) => `/channels/${conversation}`),
  row('USER_UPDATE', 'none', only('owner'), async ({ owner }) => {
    const { id } = await owner.expect('PATCH', '/users/@me', { accent_color: 7 })
    return withId(id)
  }),
  row('MESSAGE_ACK', 'none', only('owner'), async (world) => {
    const { channel_id, message_id } = world.own
    await world.owner.expect('POST', `${squareOf(world)}/messages/${message_id}/ack`, { manual: true })
    return (d) => d.channel_id === channel_id && d.message_id === message_id
  }),
  row('CHANNEL_PINS_ACK', 'none', only('owner'), async (world) => {
    await world.owner.expect('POST', `${squareOf(world)}/pins/ack`)
    return (d) => d.channel_id === world.own.channel_id
  }),
  row('USER_SETTINGS_UPDATE', 'none', only('owner'), async ({ owner }) => {
    const { version } = await owner.expect('PATCH', '/users/@me/settings', { locale: 'eo' })
    return (d) => d.version === version
  }),
  row('USER_NOTE_UPDATE', 'none', only('owner'), async ({ owner, keeper }) => {
    await owner.expect('PUT', `/users/@me/notes/${keeper.id}`, { note: 'told' })
    return withId(keeper.id)
  }),
  row('RELATIONSHIP_ADD', 'none', only('owner', 'moderator'), async ({ owner, subjects }) => {
    await owner.expect('PUT', `/users/@me/relationships/${subjects.moderator.id}`, {})
    return (d) => [subjects.owner.id, subjects.moderator.id].includes(d.id)
  }),
  row('RELATIONSHIP_REMOVE', 'none', only('owner', 'moderator'), async ({ owner, subjects }) => {
    await owner.expect('DELETE', `/users/@me/relationships/${subjects.moderator.id}`)
    return (d) => [subjects.owner.id, subjects.moderator.id].includes(d.id)
  }),
  row('PRESENCE_UPDATE', 'GUILD_PRESENCES', members, async ({ gateway, keeper }) => {
    await GatewayClient.enter(gateway, keeper.token)
    return (d) => d.user.id === keeper.id && d.status === 'online'
  }),
  row('SESSIONS_REPLACE', 'none', only('owner'), async ({ gateway, subjects }) => {
    const client = await GatewayClient.open(gateway)
    const { d: ready } = await client.identify(subjects.owner.token)
    return (sessions: { session_id: string }[]) =>
      sessions.some(({ session_id }) => session_id === ready.session_id)
  }),
  deleted(only('owner', 'bot'), direct.messages, ({ conversation }) => `/channels/${conversation}`),
  // Who has closed it; bots are told of no conversation that opens.
  row('CHANNEL_DELETE', 'DIRECT_MESSAGES', only('owner'), async ({ owner, conversation }) => {
    await owner.expect('DELETE', `/channels/${conversation}`)
    return withId(conversation)
  }),
  row('CHANNEL_CREATE', 'DIRECT_MESSAGES', only('owner'), async ({ subjects, conversation }) => {
    await subjects.bot.caller.expect('POST', `/channels/${conversation}/messages`, { content: 'told' })
    return withId(conversation)
  }),
  row('CHANNEL_DELETE', 'DIRECT_MESSAGES', only('bot'), async ({ subjects: { bot, moderator } }) => {
    const { id } = await bot.caller.expect('POST', '/users/@me/channels', { recipient_id: moderator.id })
    await bot.caller.expect('DELETE', `/channels/${id}`)
    return withId(id)
  }),
  // Bots are in no groups.
  row('CHANNEL_RECIPIENT_ADD', 'DIRECT_MESSAGES', inGroup, async (world, last) => {
    const { moderator, stranger, 'plain member': plain } = world.subjects
    const recipients = [moderator.id, stranger.id]
    last.group = (await world.owner.expect('POST', '/users/@me/channels', { recipients })).id
    await world.owner.expect('PUT', `/channels/${last.group}/recipients/${plain.id}`)
    return (d) => d.user.id === plain.id
  }),
  row('CHANNEL_RECIPIENT_REMOVE', 'DIRECT_MESSAGES', inGroup, async (world, { group }) => {
    const { id } = world.subjects['plain member']
    await world.owner.expect('DELETE', `/channels/${group}/recipients/${id}`)
    return (d) => d.user.id === id
  }),
  // He who was removed was told then.
  row('CHANNEL_DELETE', 'DIRECT_MESSAGES', only('moderator', 'plain member'), async (world, { group }) => {
    await world.subjects.moderator.caller.expect('DELETE', `/channels/${group}`)
    return withId(group)
  }),
]
