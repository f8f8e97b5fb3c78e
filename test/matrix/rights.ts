import type { FlagName, Town } from './town.ts'

/** One request of somebody, before it is sent. */
export interface Asking {
  /** Undefined: without a token. */
  readonly caller: { readonly id: string; readonly bot: boolean } | undefined
  /** By the names of path parameters. */
  readonly ids: Readonly<Record<string, string>>
  readonly town: Town
}

/** The code that a request is refused with; undefined: not on these grounds. */
type Check = (
  asking: Asking & { readonly caller: { readonly id: string; readonly bot: boolean } },
) => number | undefined

/**
 * What a route asks for, in the words of the documentation. Who has no access is told nothing else; of the other
 * grounds any may be given.
 */
export interface Right {
  readonly token: boolean
  readonly access: readonly Check[]
  readonly rest: readonly Check[]
}

export const UNAUTHORIZED = 0
const NOT_FOR_BOTS = 20_001
const ONLY_FOR_BOTS = 20_002
const MISSING_ACCESS = 50_001
const NOT_IN_DM = 50_003
const NOT_YOUR_MESSAGE = 50_005
const MISSING_PERMISSIONS = 50_013
const WRONG_CHANNEL_TYPE = 50_024
const INVALID_RECIPIENTS = 50_033
const INVALID_FORM = 50_035

/** The codes that a request may be refused with; [] when it must succeed. */
export function grounds({ token, access, rest }: Right, asking: Asking): number[] {
  const { caller } = asking
  if (token && !caller) return [UNAUTHORIZED]
  const failing = (checks: readonly Check[]) => {
    const codes = checks.map((check) => check({ ...asking, caller: caller ?? { id: '', bot: false } }))
    return codes.filter((code) => code !== undefined)
  }
  const denied = failing(access)
  return denied.length > 0 ? denied : failing(rest)
}

/** Who has no token as well. */
export const anyone = (...rest: Check[]): Right => ({ token: false, access: [], rest })
export const anybody = (...rest: Check[]): Right => ({ token: true, access: [], rest })

export const people: Check = ({ caller }) => (caller.bot ? NOT_FOR_BOTS : undefined)
export const only = (check: Check, right: Right): Right => ({ ...right, access: [check, ...right.access] })
export const bots: Check = ({ caller }) => (caller.bot ? undefined : ONLY_FOR_BOTS)
/** Whatever is sent here is not what it takes. */
export const nobody =
  (code: number): Check =>
  () =>
    code

/** Members of the guild. */
export const inGuild = (...rest: (FlagName | Check)[]): Right => ({
  token: true,
  access: [
    ({ caller, ids, town }) =>
      town.isMember(town.guild(ids.guild_id), caller.id) ? undefined : MISSING_ACCESS,
  ],
  rest: rest.map((one) => (typeof one === 'string' ? guildFlag(one) : one)),
})

/** Who sees the channel; in conversations everybody has what it takes. */
export const inChannel = (...rest: (FlagName | Check)[]): Right => ({
  token: true,
  access: [
    ({ caller, ids, town }) => {
      const recipients = town.conversations.get(ids.channel_id ?? '')
      if (recipients) return recipients.includes(caller.id) ? undefined : MISSING_ACCESS
      return mayHere('VIEW_CHANNEL', { caller, ids, town }) ? undefined : MISSING_ACCESS
    },
  ],
  rest: rest.map((one) => (typeof one === 'string' ? channelFlag(one) : one)),
})

/** {@link inChannel}, and not for conversations. */
export const inGuildChannel = (...rest: (FlagName | Check)[]): Right => {
  const right = inChannel(...rest)
  const noConversation: Check = ({ ids, town }) =>
    town.conversations.has(ids.channel_id ?? '') ? NOT_IN_DM : undefined
  return { ...right, access: [...right.access, noConversation] }
}

const guildFlag =
  (flag: FlagName): Check =>
  ({ caller, ids, town }) =>
    town.may(town.guild(ids.guild_id), caller.id, flag) ? undefined : MISSING_PERMISSIONS

const channelFlag =
  (flag: FlagName): Check =>
  (asking) =>
    asking.town.conversations.has(asking.ids.channel_id ?? '') || mayHere(flag, asking)
      ? undefined
      : MISSING_PERMISSIONS

type Someone = Parameters<Check>[0]

function mayHere(flag: FlagName, { caller, ids, town }: Someone): boolean {
  const guild = town.guildOfChannel(ids.channel_id)
  return guild !== undefined && town.may(guild, caller.id, flag, ids.channel_id)
}

/** One of the flags is enough. */
export const eitherOf =
  (...flags: FlagName[]): Check =>
  ({ caller, ids, town }) =>
    flags.some((flag) => town.may(town.guild(ids.guild_id), caller.id, flag))
      ? undefined
      : MISSING_PERMISSIONS

export const theOwner: Check = ({ caller, ids, town }) =>
  town.owns(town.guild(ids.guild_id), caller.id) ? undefined : MISSING_PERMISSIONS
export const notTheOwner: Check = ({ caller, ids, town }) =>
  town.owns(town.guild(ids.guild_id), caller.id) ? MISSING_PERMISSIONS : undefined

/** The owner hands the guild to a member; who manages it may name the owner that it has. */
export const handsOver: Check = (asking) => {
  const { ids, town } = asking
  const guild = town.guild(ids.guild_id)
  if (town.owns(guild, ids.user_id ?? '')) return guildFlag('MANAGE_GUILD')(asking)
  return theOwner(asking) ?? (town.isMember(guild, ids.user_id ?? '') ? undefined : INVALID_FORM)
}

/** Only roles below one's own highest; the owner stands above all. */
export const aboveTheRole: Check = ({ caller, ids, town }) => {
  const guild = town.guild(ids.guild_id)
  if (town.owns(guild, caller.id) || !guild.roles[ids.role_id ?? '']) return undefined
  return town.isAbove(guild, town.highestRole(guild, caller.id), ids.role_id)
    ? undefined
    : MISSING_PERMISSIONS
}

/** To put the role there: one's own highest and those above it stay at the top, in their order. */
export const keepsThoseAbove =
  (position: number): Check =>
  ({ caller, ids: { guild_id, role_id = '' }, town }) => {
    const guild = town.guild(guild_id)
    const role = guild.roles[role_id]
    if (town.owns(guild, caller.id) || !role) return undefined
    const order = (roles: typeof guild.roles) =>
      Object.keys(roles)
        .filter((id) => id !== guild_id)
        .sort((one, other) => (town.isAbove({ ...guild, roles }, one, other) ? -1 : 1))
    const before = order(guild.roles)
    const after = order({ ...guild.roles, [role_id]: { ...role, position } })
    const kept = before.slice(0, before.indexOf(town.highestRole(guild, caller.id) ?? '') + 1)
    return kept.every((id, place) => after[place] === id) ? undefined : MISSING_PERMISSIONS
  }

export const channelOfGuild: Check = ({ ids: { guild_id, channel_id = '' }, town }) =>
  town.guild(guild_id).channels[channel_id] ? undefined : 10_003

/** Only members whose highest role is below one's own; nobody stands above the owner. */
export const aboveTheMember: Check = ({ caller, ids: { guild_id, user_id = '' }, town }) => {
  const guild = town.guild(guild_id)
  if (town.owns(guild, user_id)) return MISSING_PERMISSIONS
  if (town.owns(guild, caller.id) || !town.isMember(guild, user_id)) return undefined
  const [own, theirs] = [town.highestRole(guild, caller.id), town.highestRole(guild, user_id)]
  return town.isAbove(guild, own, theirs) ? undefined : MISSING_PERMISSIONS
}

/** One's own nickname with one flag, those of others below oneself with another. */
export const namesTheMember: Check = (asking) =>
  asking.ids.user_id === asking.caller.id
    ? eitherOf('CHANGE_NICKNAME', 'MANAGE_NICKNAMES')(asking)
    : (guildFlag('MANAGE_NICKNAMES')(asking) ?? aboveTheMember(asking))

/** To leave a member one role alone: each that comes or goes is below one's own highest. */
export const exchangesRoles: Check = (asking) => {
  const { guild_id, user_id = '', role_id = '' } = asking.ids
  const guild = asking.town.guild(guild_id)
  const had: string[] = guild.members[user_id]?.roles ?? []
  const moved = had.includes(role_id) ? had.filter((id) => id !== role_id) : [...had, role_id]
  const codes = moved.map((id) => aboveTheRole({ ...asking, ids: { guild_id: guild_id ?? '', role_id: id } }))
  return codes.find((code) => code !== undefined)
}

/** One flag of several, or three together. */
export const setsFlags: Check = ({ caller, ids, town }) => {
  const may = (flag: FlagName) => town.may(town.guild(ids.guild_id), caller.id, flag)
  const moderates = may('MODERATE_MEMBERS') && may('KICK_MEMBERS') && may('BAN_MEMBERS')
  return may('MANAGE_GUILD') || may('MANAGE_ROLES') || moderates ? undefined : MISSING_PERMISSIONS
}

export const isBanned: Check = ({ ids, town }) =>
  town.bans.has(`${ids.guild_id} ${ids.user_id}`) ? undefined : 10_026

/** Of many at once those who cannot be banned are left out; here that is everybody. */
export const canBeBanned: Check = (asking) =>
  aboveTheMember(asking) === undefined && isBanned(asking) !== undefined ? undefined : 500_000

/** Nobody is told of uploads of others. */
export const theUploader: Check = ({ caller, ids, town }) =>
  town.uploads.get(ids.upload_filename ?? '')?.userId === caller.id ? undefined : 50_146

const isAuthor = ({ caller, ids, town }: Someone) =>
  town.messages.get(ids.message_id ?? '')?.authorId === caller.id

export const theAuthor: Check = (asking) => (isAuthor(asking) ? undefined : NOT_YOUR_MESSAGE)

/** One's own message; those of others with the flag, and in conversations not at all. */
export const theAuthorOr =
  (flag: FlagName): Check =>
  (asking) => {
    if (isAuthor(asking)) return undefined
    if (asking.town.conversations.has(asking.ids.channel_id ?? '')) return NOT_IN_DM
    return mayHere(flag, asking) ? undefined : MISSING_PERMISSIONS
  }

/** One's own reaction; those of others with the flag, and in conversations not at all. */
export const ownReactionOr =
  (flag: FlagName): Check =>
  (asking) =>
    asking.ids.user_id === '@me' || asking.ids.user_id === asking.caller.id || mayHere(flag, asking)
      ? undefined
      : MISSING_PERMISSIONS

/** To react with what nobody has reacted with yet. */
export const firstNeeds =
  (flag: FlagName): Check =>
  (asking) =>
    asking.town.reactions.has(`${asking.ids.message_id} ${asking.ids.emoji}`)
      ? undefined
      : channelFlag(flag)(asking)

/** Refused with this code when it is about the caller. */
export const notOneself =
  (code: number): Check =>
  ({ caller, ids }) =>
    ids.user_id === caller.id ? code : undefined

/** Oneself, and those with whom one is in a guild; nobody is friends here. */
export const acquainted: Check = ({ caller, ids: { user_id = '' }, town }) => {
  const both = [...town.guilds.values()].some(
    (guild) => town.isMember(guild, caller.id) && town.isMember(guild, user_id),
  )
  return both || user_id === caller.id ? undefined : MISSING_ACCESS
}

/** A direct conversation grows into a new group; here it is with a bot, and those are in none. */
export const groupToBe: Check = (asking) => {
  if (!asking.town.conversations.has(asking.ids.channel_id ?? '')) return WRONG_CHANNEL_TYPE
  return group(asking) && (asking.caller.bot ? NOT_FOR_BOTS : INVALID_RECIPIENTS)
}
/** Nothing but groups has recipients that go. */
export const group: Check = ({ ids, town }) =>
  town.groups.has(ids.channel_id ?? '') ? undefined : WRONG_CHANNEL_TYPE
export const recipient: Check = ({ ids, town }) =>
  town.conversations.get(ids.channel_id ?? '')?.includes(ids.user_id ?? '') ? undefined : 10_013
/** Who owns the group removes others, and everybody himself. */
export const ownerOfGroup: Check = ({ caller, ids, town }) =>
  ids.user_id === caller.id || town.groups.get(ids.channel_id ?? '') === caller.id
    ? undefined
    : MISSING_PERMISSIONS

/** Who manages the invite's channel, or its guild. */
export const managesInvite: Right = {
  token: true,
  access: [
    (asking) => (asking.town.isMember(ofInvite(asking), asking.caller.id) ? undefined : MISSING_ACCESS),
  ],
  rest: [
    (asking) => {
      const { caller, ids, town } = asking
      const channelId = town.invites.get(ids.code ?? '')
      const manages =
        town.may(ofInvite(asking), caller.id, 'MANAGE_CHANNELS', channelId) ||
        town.may(ofInvite(asking), caller.id, 'MANAGE_GUILD')
      return manages ? undefined : MISSING_PERMISSIONS
    },
  ],
}

const ofInvite = ({ ids, town }: Someone) =>
  town.guildOfChannel(town.invites.get(ids.code ?? '')) ?? town.guild(undefined)

export const roleOfGuild: Check = ({ ids, town }) =>
  ids.role_id && town.guild(ids.guild_id).roles[ids.role_id] ? undefined : 10_011

/** One's own with either flag, those of others with that to manage. */
export const managesTheEmoji: Check = (asking) => {
  const own = asking.town.emojis.get(asking.ids.emoji_id ?? '')?.userId === asking.caller.id
  const either = eitherOf('CREATE_GUILD_EXPRESSIONS', 'MANAGE_GUILD_EXPRESSIONS')
  return (own ? either : guildFlag('MANAGE_GUILD_EXPRESSIONS'))(asking)
}

/** To bring in an emoji of a guild that one is in; of another guild than this one with the flag. */
export const bringsEmoji: Check = ({ caller, ids, town }) => {
  const [, emojiId] = ids.emoji?.split('%3A') ?? []
  if (emojiId === undefined) return undefined
  const { guildId } = town.emojis.get(emojiId) ?? {}
  if (!town.isMember(town.guild(guildId), caller.id)) return 10_014
  const here = town.guildOfChannel(ids.channel_id)
  if (town.conversations.has(ids.channel_id ?? '') || here?.guild.id === guildId) return undefined
  return mayHere('USE_EXTERNAL_EMOJIS', { caller, ids, town }) ? undefined : 10_014
}

/** What a path names must be where it says: checked of every route. */
export const belongings: Readonly<Record<string, Check>> = {
  message_id: ({ ids, town }) =>
    town.messages.get(ids.message_id ?? '')?.channelId === ids.channel_id ? undefined : 10_008,
  role_id: roleOfGuild,
  user_id: ({ ids, town }) =>
    ids.guild_id === undefined || town.isMember(town.guild(ids.guild_id), ids.user_id ?? '')
      ? undefined
      : 10_007,
  emoji_id: ({ ids, town }) =>
    town.emojis.get(ids.emoji_id ?? '')?.guildId === ids.guild_id ? undefined : 10_014,
  application_id: ({ caller, ids, town }) =>
    town.applications.get(ids.application_id ?? '') === caller.id ? undefined : 10_002,
}

/** The role is one of the channel's guild. */
export const roleOfChannel: Check = ({ ids, town }) =>
  town.guildOfChannel(ids.channel_id)?.roles[ids.overwrite_id ?? ''] ? undefined : 10_011
/** The channel has an exception for it. */
export const overwriteOfChannel: Check = ({ ids, town }) => {
  const channel = town.guildOfChannel(ids.channel_id)?.channels[ids.channel_id ?? '']
  const has = channel?.permission_overwrites.some(({ id }: { id: string }) => id === ids.overwrite_id)
  return has ? undefined : 10_009
}
/** Leaving what one is not in. */
export const memberOrUnknown: Check = ({ caller, ids, town }) =>
  town.isMember(town.guild(ids.guild_id), caller.id) ? undefined : 10_004
