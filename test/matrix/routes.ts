import type { Flag } from '#test/sim/checks/naive-guild.ts'
import { uniqueName } from '#test/support/people.ts'
import { type After, anew, type Before, back } from './renewal.ts'
import {
  aboveTheMember,
  aboveTheRole,
  acquainted,
  anybody,
  anyone,
  bots,
  bringsEmoji,
  canBeBanned,
  channelOfGuild,
  eitherOf,
  exchangesRoles,
  firstNeeds,
  group,
  groupToBe,
  handsOver,
  inChannel,
  inGuild,
  inGuildChannel,
  isBanned,
  keepsThoseAbove,
  managesInvite,
  managesTheEmoji,
  memberOrUnknown,
  namesTheMember,
  nobody,
  notOneself,
  notTheOwner,
  only,
  overwriteOfChannel,
  ownerOfGroup,
  ownReactionOr,
  people,
  type Right,
  recipient,
  roleOfChannel,
  roleOfGuild,
  setsFlags,
  theAuthor,
  theAuthorOr,
  theOwner,
  theUploader,
} from './rights.ts'
import { PICTURE, type Place, type Subject, type SubjectName, soon } from './world.ts'

export interface Row {
  /** `PATCH /guilds/{guild_id}`: of the route table. */
  readonly route: string
  readonly right: Right
  readonly query?: string
  readonly body?: object | ((ids: Place, subject: Subject) => object)
  /** Taken of the body or query, and tried own and foreign like those of the path. */
  readonly uses?: readonly string[]
  /** Of those of the path, what need not belong to where the path says. */
  readonly unbound?: readonly string[]
  /** Of those of the path, what is what it is: other ids are not tried. */
  readonly fixed?: Place
  /** In the group, where others are in the guild's channel. */
  readonly inGroup?: true
  /** Before a call that must succeed: ids of what it uses up. */
  readonly before?: Before
  /** After a call that succeeded: puts back what it took. */
  readonly after?: After
  /** The fields that a PATCH may change, and where they are read: left out, where they are written. */
  readonly edits?: readonly string[]
  readonly read?: string
  /** What is read and edited is the caller's own. */
  readonly personal?: true
  /** How the fields are sent, where the body is not the object itself. */
  readonly wrap?: (fields: object, ids: Place) => object
  /** Who reads them; left out: the owner of the guild. */
  readonly reader?: SubjectName
  /** What an answer must show, and what not; undefined: all is well. */
  readonly shows?: (body: never, may: (flag: keyof typeof Flag) => boolean, ids: Place) => string | undefined
}

const row = (route: string, right: Right, more: Omit<Row, 'route' | 'right'> = {}): Row => ({
  route,
  right,
  ...more,
})

const GUILD = '/guilds/{guild_id}'
const CHANNEL = '/channels/{channel_id}'
const MESSAGE = `${CHANNEL}/messages/{message_id}`
const REACTIONS = `${MESSAGE}/reactions`
const ADMINISTRATOR = '8'
const MANAGE_ROLES = String(1 << 28)
const PASSWORD = 'correct horse battery'
const NOT_WITH_ONESELF = 80_003
const NOT_IN_VOICE = 40_032
/** Above all roles. */
const TOP = 1_000

/** Without the permission history is empty, and not refused. */
const history = (body: unknown[], may: (flag: 'READ_MESSAGE_HISTORY') => boolean) =>
  body.length > 0 === may('READ_MESSAGE_HISTORY') ? undefined : 'more or less than the history'
const found = ({ messages }: { messages: unknown[] }, may: (flag: 'READ_MESSAGE_HISTORY') => boolean) =>
  history(messages, may)

const visible = (body: { id: string }[], may: (flag: 'VIEW_CHANNEL') => boolean, ids: Place) =>
  body.some(({ id }) => id === ids.channel_id) === may('VIEW_CHANNEL') ? undefined : 'not what may be seen'

const readable = (
  body: { channel_id: string }[],
  may: (flag: 'READ_MESSAGE_HISTORY') => boolean,
  ids: Place,
) =>
  body.some(({ channel_id }) => channel_id === ids.channel_id) && !may('READ_MESSAGE_HISTORY')
    ? 'what may not be read'
    : undefined

type Refreshed = { refreshed_urls: { refreshed: string | null }[] }
const refreshed = ({ refreshed_urls }: Refreshed, may: (flag: 'READ_MESSAGE_HISTORY') => boolean) =>
  history(
    refreshed_urls.filter(({ refreshed }) => refreshed !== null),
    may,
  )

/** Every route, and what it asks for. */
export const rows: readonly Row[] = [
  row('GET /gateway', anyone()),
  row('GET /gateway/bot', anybody(bots)),
  row('GET /users/@me', anybody()),
  row('PATCH /users/@me', anybody(), {
    body: { accent_color: 1 },
    edits: 'username global_name avatar banner accent_color bio'.split(' '),
  }),
  row('GET /users/{user_id}', anybody()),
  row('GET /users/{user_id}/profile', anybody(people, acquainted)),
  row('GET /users/@me/channels', anybody()),
  row('POST /users/@me/channels', anybody(notOneself(50_033)), {
    body: ({ user_id }) => ({ recipient_id: user_id }),
    uses: ['user_id'],
  }),
  row('GET /users/@me/guilds', anybody()),
  row('GET /users/@me/guilds/{guild_id}/member', inGuild()),
  row('GET /users/@me/settings', anybody(people)),
  row('PATCH /users/@me/settings', anybody(people), {
    body: { theme: 'light' },
    edits:
      `locale theme status custom_status message_display_compact developer_mode animate_emoji convert_emoticons
      gif_auto_play inline_attachment_media inline_embed_media render_embeds render_reactions enable_tts_command
      show_current_game explicit_content_filter afk_timeout timezone_offset default_guilds_restricted
      restricted_guilds guild_positions guild_folders`.split(/\s+/),
    personal: true,
  }),
  row('PATCH /users/@me/guilds/{guild_id}/settings', only(people, inGuild()), {
    body: { muted: true },
    edits: ['muted'],
    // Nothing else shows them; of the guild itself they change nothing.
    read: GUILD,
  }),
  row('GET /users/@me/relationships', anybody(people)),
  row('POST /users/@me/relationships', anybody(people, nobody(80_004)), {
    body: { username: 'nobody-at-all' },
  }),
  row('PUT /users/@me/relationships/{user_id}', anybody(people, notOneself(NOT_WITH_ONESELF)), {
    body: {},
    after: back.strangers,
  }),
  row('PUT /users/@me/relationships/{user_id}', anybody(people, notOneself(NOT_WITH_ONESELF)), {
    body: { type: 2 },
    after: back.strangers,
  }),
  row('DELETE /users/@me/relationships/{user_id}', anybody(people, notOneself(NOT_WITH_ONESELF))),
  row('GET /users/@me/mentions', anybody(people), { uses: ['channel_id'], shows: readable }),
  row('GET /users/@me/notes/{user_id}', anybody(nobody(10_013))),
  row('PUT /users/@me/notes/{user_id}', anybody(people), { body: { note: '' } }),
  row('DELETE /users/@me/guilds/{guild_id}', anybody(memberOrUnknown, notTheOwner), { after: back.caller }),

  row('POST /applications', anybody(people), { body: { name: 'One more' } }),
  row('GET /applications', anybody()),
  row('POST /applications/{application_id}/bot', anybody()),
  row('POST /applications/{application_id}/bot/reset', anybody()),
  row('GET /applications/@me', anybody(bots)),
  row('PATCH /applications/@me', anybody(bots), {
    body: { description: 'Spare' },
    edits: ['description', 'icon', 'flags', 'flags_new'],
    reader: 'bot',
  }),
  row('GET /oauth2/applications/@me', anybody(bots)),
  row('POST /oauth2/authorize', only(people, inGuild('MANAGE_GUILD')), {
    query: 'client_id={application_id}',
    body: ({ guild_id }) => ({ guild_id, permissions: '0' }),
    uses: ['guild_id', 'application_id'],
  }),

  row('POST /oauth2/authorize', only(people, inGuild('MANAGE_GUILD', 'ADMINISTRATOR')), {
    query: 'client_id={application_id}',
    body: ({ guild_id }) => ({ guild_id, permissions: ADMINISTRATOR }),
    uses: ['guild_id', 'application_id'],
  }),

  row('POST /guilds', anybody(people), { body: { name: 'Mine' } }),
  row(`GET ${GUILD}`, inGuild()),
  row(`GET ${GUILD}/preview`, inGuild()),
  row(`PATCH ${GUILD}`, inGuild('MANAGE_GUILD'), {
    body: { description: 'A place' },
    edits:
      `name description icon banner verification_level default_message_notifications explicit_content_filter afk_channel_id
      afk_timeout system_channel_id system_channel_flags rules_channel_id public_updates_channel_id
      preferred_locale`.split(/\s+/),
  }),
  row(`PATCH ${GUILD}`, inGuild(handsOver), {
    body: ({ user_id }) => ({ owner_id: user_id }),
    uses: ['user_id'],
    after: back.owner,
    edits: ['owner_id'],
  }),
  row(`DELETE ${GUILD}`, inGuild(theOwner), { before: anew.guild }),
  row(`GET ${GUILD}/channels`, inGuild(), { uses: ['channel_id'], shows: visible }),
  row(`POST ${GUILD}/channels`, inGuild('MANAGE_CHANNELS'), { body: { name: 'new' } }),
  row(`POST ${GUILD}/channels`, inGuild('MANAGE_CHANNELS', 'ADMINISTRATOR'), {
    body: ({ guild_id }) => ({
      name: 'new',
      permission_overwrites: [{ id: guild_id, type: 0, deny: MANAGE_ROLES }],
    }),
  }),
  row(`PATCH ${GUILD}/channels`, inGuild('MANAGE_CHANNELS', channelOfGuild), {
    body: ({ channel_id }) => [{ id: channel_id, position: 3 }],
    uses: ['channel_id'],
    edits: ['position', 'parent_id'],
    wrap: (fields, { channel_id }) => [{ ...fields, id: channel_id }],
  }),
  row(`GET ${GUILD}/roles`, inGuild()),
  row(`GET ${GUILD}/roles/{role_id}`, inGuild()),
  row(`GET ${GUILD}/roles/member-counts`, inGuild()),
  row(`POST ${GUILD}/roles`, inGuild('MANAGE_ROLES'), { body: { permissions: '0' } }),
  row(`POST ${GUILD}/roles`, inGuild('MANAGE_ROLES', 'ADMINISTRATOR'), {
    body: { permissions: ADMINISTRATOR },
  }),
  row(`PATCH ${GUILD}/roles/{role_id}`, inGuild('MANAGE_ROLES', aboveTheRole), {
    body: { color: 255 },
    edits: 'name permissions color colors hoist mentionable icon unicode_emoji'.split(' '),
    read: `${GUILD}/roles`,
  }),
  // One gives only what one has.
  row(`PATCH ${GUILD}/roles/{role_id}`, inGuild('MANAGE_ROLES', 'ADMINISTRATOR', aboveTheRole), {
    body: { permissions: ADMINISTRATOR },
    before: anew.role,
  }),
  row(`DELETE ${GUILD}/roles/{role_id}`, inGuild('MANAGE_ROLES', aboveTheRole), { before: anew.role }),
  row(`PATCH ${GUILD}/roles`, inGuild('MANAGE_ROLES', roleOfGuild, keepsThoseAbove(0)), {
    body: ({ role_id }) => [{ id: role_id, position: 0 }],
    uses: ['role_id'],
    after: back.order,
    edits: ['position'],
    wrap: (fields, { role_id }) => [{ ...fields, id: role_id }],
  }),
  row(`PATCH ${GUILD}/roles`, inGuild('MANAGE_ROLES', roleOfGuild, keepsThoseAbove(TOP)), {
    body: ({ role_id }) => [{ id: role_id, position: TOP }],
    uses: ['role_id'],
    after: back.order,
  }),
  row(`GET ${GUILD}/members`, inGuild()),
  row(`GET ${GUILD}/members/{user_id}`, inGuild()),
  row(`GET ${GUILD}/members/search`, inGuild(), { query: 'query=a' }),
  row(`PATCH ${GUILD}/members/{user_id}`, inGuild(namesTheMember), {
    body: { nick: 'Other' },
    edits: ['nick'],
  }),
  row(`PATCH ${GUILD}/members/{user_id}`, inGuild('MANAGE_ROLES', roleOfGuild, exchangesRoles), {
    body: ({ role_id }) => ({ roles: [role_id] }),
    uses: ['role_id'],
    after: back.roles,
    edits: ['roles'],
  }),
  row(`PATCH ${GUILD}/members/{user_id}`, inGuild('MODERATE_MEMBERS', aboveTheMember), {
    body: () => ({ communication_disabled_until: soon() }),
    after: back.voice,
    edits: ['communication_disabled_until'],
  }),
  row(`PATCH ${GUILD}/members/{user_id}`, inGuild(setsFlags), { body: { flags: 4 }, edits: ['flags'] }),
  row(`PATCH ${GUILD}/members/{user_id}`, inGuild('MUTE_MEMBERS', nobody(NOT_IN_VOICE)), {
    body: { mute: true },
  }),
  row(`PATCH ${GUILD}/members/@me`, inGuild(eitherOf('CHANGE_NICKNAME', 'MANAGE_NICKNAMES')), {
    body: { nick: 'Me' },
    edits: ['nick'],
    read: '/users/@me/guilds/{guild_id}/member',
    personal: true,
  }),
  row(`PATCH ${GUILD}/members/@me/nick`, inGuild(eitherOf('CHANGE_NICKNAME', 'MANAGE_NICKNAMES')), {
    body: { nick: 'Me again' },
    edits: ['nick'],
    read: '/users/@me/guilds/{guild_id}/member',
    personal: true,
  }),
  row(`GET ${GUILD}/bans`, inGuild('BAN_MEMBERS')),
  row(`GET ${GUILD}/bans/{user_id}`, inGuild('BAN_MEMBERS', isBanned), { unbound: ['user_id'] }),
  row(`PUT ${GUILD}/bans/{user_id}`, inGuild('BAN_MEMBERS', aboveTheMember), {
    unbound: ['user_id'],
    after: back.banned,
  }),
  row(`DELETE ${GUILD}/bans/{user_id}`, inGuild('BAN_MEMBERS', isBanned), {
    unbound: ['user_id'],
    after: back.ban,
  }),
  row(`POST ${GUILD}/bulk-ban`, inGuild('BAN_MEMBERS', 'MANAGE_GUILD', canBeBanned), {
    body: ({ user_id }) => ({ user_ids: [user_id] }),
    uses: ['user_id'],
    unbound: ['user_id'],
    after: back.banned,
  }),
  row(`GET ${GUILD}/emojis`, inGuild()),
  row(`GET ${GUILD}/emojis/{emoji_id}`, inGuild()),
  row(`POST ${GUILD}/emojis`, inGuild('CREATE_GUILD_EXPRESSIONS'), {
    body: { name: 'more', image: PICTURE },
  }),
  row(`PATCH ${GUILD}/emojis/{emoji_id}`, inGuild(managesTheEmoji), {
    body: { name: 'other' },
    edits: ['name', 'roles'],
  }),
  row(`DELETE ${GUILD}/emojis/{emoji_id}`, inGuild(managesTheEmoji), { before: anew.emoji }),
  row(`GET ${GUILD}/audit-logs`, inGuild('VIEW_AUDIT_LOG')),
  row(`GET ${GUILD}/invites`, inGuild(eitherOf('MANAGE_GUILD', 'VIEW_AUDIT_LOG'))),
  row(`DELETE ${GUILD}/members/{user_id}`, inGuild('KICK_MEMBERS', aboveTheMember), { after: back.member }),
  row(`PUT ${GUILD}/members/{user_id}/roles/{role_id}`, inGuild('MANAGE_ROLES', aboveTheRole), {
    after: back.roles,
  }),
  row(`DELETE ${GUILD}/members/{user_id}/roles/{role_id}`, inGuild('MANAGE_ROLES', aboveTheRole), {
    after: back.roles,
  }),
  row(`GET ${GUILD}/messages/search`, inGuild(), {
    query: 'content=needle&channel_id={channel_id}',
    uses: ['channel_id'],
    shows: found,
  }),

  row(`GET ${CHANNEL}`, inChannel()),
  row(`PATCH ${CHANNEL}`, inGuildChannel('MANAGE_CHANNELS'), {
    body: { topic: 'All' },
    edits: `name topic position nsfw rate_limit_per_user bitrate user_limit parent_id
      permission_overwrites`.split(/\s+/),
  }),
  row(`DELETE ${CHANNEL}`, inChannel('MANAGE_CHANNELS'), { before: anew.channel }),
  row(`PUT ${CHANNEL}/permissions/{overwrite_id}`, inGuildChannel('MANAGE_ROLES', roleOfChannel), {
    body: { type: 0, deny: '64' },
  }),
  row(`DELETE ${CHANNEL}/permissions/{overwrite_id}`, inGuildChannel('MANAGE_ROLES', overwriteOfChannel), {
    after: back.overwrite,
  }),
  row(`PUT ${CHANNEL}/recipients/{user_id}`, inChannel(groupToBe), { inGroup: true, body: {} }),
  row(`DELETE ${CHANNEL}/recipients/{user_id}`, inChannel(group, ownerOfGroup, recipient), {
    inGroup: true,
    before: anew.group,
  }),
  row(`POST ${CHANNEL}/typing`, inChannel('SEND_MESSAGES')),
  row(`POST ${CHANNEL}/invites`, inGuildChannel('CREATE_INSTANT_INVITE'), { body: {} }),
  row(`GET ${CHANNEL}/invites`, inGuildChannel('MANAGE_CHANNELS')),
  row('GET /invites/{code}', anyone()),
  row('POST /invites/{code}', anybody(people), { body: {}, after: back.guest }),
  row('DELETE /invites/{code}', managesInvite, { before: anew.invite }),

  row(`GET ${CHANNEL}/messages`, inChannel(), { shows: history }),
  row(`GET ${CHANNEL}/messages/search`, inChannel(), { query: 'content=needle', shows: found }),
  row(`GET ${MESSAGE}`, inChannel('READ_MESSAGE_HISTORY')),
  row(`POST ${CHANNEL}/messages`, inChannel('SEND_MESSAGES'), { body: { content: 'more' } }),
  row(`PATCH ${MESSAGE}`, inChannel(theAuthor), {
    body: { content: 'other' },
    edits: ['content', 'embeds', 'attachments', 'flags', 'mentions', 'mention_roles', 'mention_everyone'],
  }),
  row(`PATCH ${MESSAGE}`, inChannel(theAuthorOr('MANAGE_MESSAGES')), {
    body: { flags: 4 },
    edits: ['flags'],
  }),
  row(`DELETE ${MESSAGE}`, inChannel(theAuthorOr('MANAGE_MESSAGES')), { before: anew.message }),
  row(`POST ${CHANNEL}/messages/bulk-delete`, inGuildChannel('MANAGE_MESSAGES'), {
    // Of another kind, and so of no message, but not too old to be deleted.
    body: ({ message_id, channel_id, another_id = channel_id }) => ({ messages: [message_id, another_id] }),
    uses: ['message_id'],
    before: anew.messages,
  }),
  row(`POST ${MESSAGE}/ack`, only(people, inChannel()), { body: { token: null }, unbound: ['message_id'] }),
  row('POST /read-states/ack-bulk', anybody(people), {
    body: ({ channel_id, message_id }) => ({ read_states: [{ channel_id, message_id, read_state_type: 0 }] }),
    uses: ['channel_id', 'message_id'],
  }),
  row(`POST ${CHANNEL}/pins/ack`, only(people, inChannel())),
  row(`GET ${CHANNEL}/messages/pins`, inChannel()),
  row(`GET ${CHANNEL}/pins`, inChannel()),
  row(`PUT ${CHANNEL}/messages/pins/{message_id}`, inChannel('PIN_MESSAGES')),
  row(`PUT ${CHANNEL}/pins/{message_id}`, inChannel('PIN_MESSAGES')),
  row(`DELETE ${CHANNEL}/messages/pins/{message_id}`, inChannel('PIN_MESSAGES')),
  row(`DELETE ${CHANNEL}/pins/{message_id}`, inChannel('PIN_MESSAGES')),
  row(
    `PUT ${REACTIONS}/{emoji}/@me`,
    inChannel('READ_MESSAGE_HISTORY', firstNeeds('ADD_REACTIONS'), bringsEmoji),
  ),
  row(
    `PUT ${REACTIONS}/{emoji}/@me`,
    inChannel('READ_MESSAGE_HISTORY', firstNeeds('ADD_REACTIONS'), bringsEmoji),
    {
      fixed: { emoji: encodeURIComponent('🎉') },
      before: anew.messageOfOwner,
    },
  ),
  row(`DELETE ${REACTIONS}/{emoji}/{user_id}`, inChannel(), {
    fixed: { user_id: '@me' },
    after: back.reaction,
  }),
  row(`DELETE ${REACTIONS}/{emoji}/{user_id}`, inChannel(ownReactionOr('MANAGE_MESSAGES'))),
  row(`DELETE ${REACTIONS}`, inGuildChannel('MANAGE_MESSAGES'), { after: back.reaction }),
  row(`DELETE ${REACTIONS}/{emoji}`, inGuildChannel('MANAGE_MESSAGES'), { after: back.reaction }),
  row(`GET ${REACTIONS}/{emoji}`, inChannel('READ_MESSAGE_HISTORY')),

  row(`POST ${CHANNEL}/attachments`, inChannel('SEND_MESSAGES', 'ATTACH_FILES'), {
    body: { files: [{ filename: 'a.txt', file_size: 1 }] },
  }),
  row('DELETE /attachments/{upload_filename}', anybody(theUploader), { before: anew.upload }),
  row('POST /attachments/refresh-urls', anybody(), {
    body: ({ attachment_url }) => ({ attachment_urls: [attachment_url] }),
    uses: ['attachment_url'],
    shows: refreshed,
  }),

  row('POST /auth/register', anyone(), {
    body: () => {
      const username = uniqueName('matrix')
      return { username, email: `${username}@example.org`, password: PASSWORD, consent: true }
    },
  }),
  row('POST /auth/verify', anyone(nobody(50_035)), { body: { token: 'x' } }),
  row('POST /auth/verify/resend', anybody()),
  row('POST /auth/login', anyone(nobody(50_035)), { body: { login: 'nobody', password: 'x' } }),
  row('POST /auth/logout', anybody(people), { before: anew.token }),
  row('POST /auth/forgot', anyone(), { body: { login: 'nobody' } }),
  row('POST /auth/reset', anyone(nobody(50_035)), { body: { token: 'x', password: PASSWORD } }),
  row('GET /auth/sessions', anybody(people)),
  row('POST /auth/sessions/logout', anybody(people), { body: { session_id_hashes: ['x'] } }),
]
