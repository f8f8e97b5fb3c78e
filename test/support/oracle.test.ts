import { describe, expect, test } from 'vitest'
import { createOracle, oracleOf, UNKNOWN } from './oracle.ts'

const ID = '1262738943123456789'
const TIME = '2026-01-02T03:04:05.678000+00:00'

const user = {
  id: ID,
  username: 'ada',
  avatar: null,
  discriminator: '0',
  public_flags: 0,
  flags: 0,
  global_name: 'Ada',
  primary_guild: null,
}
const { primary_guild: _optional, ...required } = user
const me = { ...required, mfa_enabled: false, locale: 'en-US' }
const member = {
  user,
  nick: null,
  avatar: null,
  banner: null,
  roles: [ID],
  joined_at: TIME,
  premium_since: null,
  deaf: false,
  mute: false,
  flags: 0,
  pending: false,
  communication_disabled_until: null,
}
const { user: _author, ...authorMember } = member
const message = {
  id: ID,
  channel_id: ID,
  author: user,
  content: 'hello',
  timestamp: TIME,
  edited_timestamp: null,
  tts: false,
  mention_everyone: false,
  mentions: [],
  mention_roles: [],
  attachments: [],
  embeds: [],
  pinned: false,
  type: 0,
  flags: 0,
  components: [],
}
const role = {
  id: ID,
  name: 'keepers',
  permissions: '104324673',
  position: 1,
  color: 0,
  colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
  hoist: false,
  managed: false,
  mentionable: false,
  icon: null,
  unicode_emoji: null,
  flags: 0,
}
const guild = {
  id: ID,
  name: 'lighthouse',
  icon: null,
  description: null,
  home_header: null,
  splash: null,
  discovery_splash: null,
  features: ['COMMUNITY'],
  banner: null,
  owner_id: ID,
  application_id: null,
  region: 'deprecated',
  afk_channel_id: null,
  afk_timeout: 300,
  system_channel_id: ID,
  system_channel_flags: 0,
  widget_enabled: false,
  widget_channel_id: null,
  verification_level: 0,
  roles: [role],
  default_message_notifications: 0,
  mfa_level: 0,
  explicit_content_filter: 0,
  max_presences: null,
  max_members: 500000,
  max_stage_video_channel_users: 50,
  max_video_channel_users: 25,
  vanity_url_code: null,
  premium_tier: 0,
  premium_subscription_count: 0,
  preferred_locale: 'en-US',
  rules_channel_id: null,
  safety_alerts_channel_id: null,
  public_updates_channel_id: null,
  premium_progress_bar_enabled: false,
  nsfw: false,
  nsfw_level: 0,
  emojis: [],
  stickers: [],
  incidents_data: null,
}
const channel = { id: ID, type: 0, flags: 0, guild_id: ID, name: 'general', position: 0 }
const created = { ...message, guild_id: ID, member: authorMember, channel_type: 0 }
const ready = {
  v: 10,
  user: { ...me, bot: true },
  guilds: [{ id: ID, unavailable: true }],
  private_channels: [],
  session_id: 's',
  resume_gateway_url: 'ws://127.0.0.1:3001',
  application: { id: ID, flags: 0 },
}

const guildCreate = {
  ...guild,
  joined_at: TIME,
  large: false,
  unavailable: false,
  member_count: 1,
  voice_states: [],
  members: [member],
  channels: [channel],
  threads: [],
  presences: [],
  stage_instances: [],
  guild_scheduled_events: [],
  soundboard_sounds: [],
}

function without<T extends object>(value: T, key: keyof T): Omit<T, typeof key> {
  const { [key]: _gone, ...rest } = value
  return rest
}

describe('exchanges', () => {
  test.for([
    ['a message', 'GET', `/api/v10/channels/${ID}/messages/${ID}`, 200, message],
    ['the other version and a query', 'GET', `/api/v9/channels/${ID}/messages?limit=1`, 200, [message]],
    ['a template', 'POST', '/channels/{channel_id}/messages', 200, message],
    ['a static segment before a parameter', 'GET', '/users/@me', 200, me],
    ['no body', 'DELETE', `/channels/${ID}/messages/${ID}`, 204, undefined],
    ['an error', 'GET', `/channels/${ID}`, 404, { code: 10003, message: 'Unknown Channel' }],
    [
      'a form error, whose leaves have names (E1)',
      'POST',
      `/channels/${ID}/messages`,
      400,
      {
        code: 50035,
        message: 'Invalid Form Body',
        errors: {
          embeds: { 0: { title: { _errors: [{ code: 'BASE_TYPE_REQUIRED', message: 'required' }] } } },
        },
      },
    ],
    [
      'a 429 without code (E2)',
      'GET',
      `/channels/${ID}`,
      429,
      { message: 'slow', retry_after: 0.5, global: false },
    ],
    ['a media channel (E4)', 'GET', `/channels/${ID}`, 200, { ...channel, type: 16 }],
    ['an unknown property', 'GET', `/channels/${ID}`, 200, { ...channel, ours: true }],
    [
      'a reply',
      'GET',
      `/channels/${ID}/messages/${ID}`,
      200,
      { ...message, type: 19, message_reference: { type: 0, channel_id: ID } },
    ],
  ] as const)('right: %s', ([, method, path, status, body], context) => {
    expect(oracleOf(context).exchange({ method, path, status, body })).toEqual([])
  })

  test.for([
    ['a status that is not declared', 'GET', `/channels/${ID}`, 201, channel],
    ['a 5xx', 'GET', `/channels/${ID}`, 503, { code: 0, message: 'later' }],
    ['a body on 204', 'DELETE', `/channels/${ID}/messages/${ID}`, 204, {}],
    ['no body on 200', 'GET', `/channels/${ID}`, 200, undefined],
    [
      'a form error with a number (E1)',
      'GET',
      `/channels/${ID}`,
      400,
      { code: 50035, message: '', errors: { a: { _errors: [{ code: 1, message: '' }] } } },
    ],
    [
      'a search result without hit (E3)',
      'GET',
      `/guilds/${ID}/messages/search`,
      200,
      { messages: [[message]], doing_deep_historical_index: false, total_results: 1 },
    ],
    [
      '2001 characters (E5)',
      'GET',
      `/channels/${ID}/messages/${ID}`,
      200,
      { ...message, content: 'x'.repeat(2001) },
    ],
    ['an id as a number', 'GET', `/channels/${ID}`, 200, { ...channel, id: Number(ID) }],
    ['an id of two digits (E6)', 'GET', `/channels/${ID}`, 200, { ...channel, id: '42' }],
    ['permissions in words (E7)', 'GET', `/channels/${ID}`, 200, { ...channel, permissions: 'all' }],
    ['a voice channel without bitrate (E8)', 'GET', `/channels/${ID}`, 200, { ...channel, type: 2 }],
    ['a reply to nothing (E9)', 'GET', `/channels/${ID}/messages/${ID}`, 200, { ...message, type: 19 }],
    [
      'a time without zone',
      'GET',
      `/channels/${ID}/messages/${ID}`,
      200,
      { ...message, timestamp: '2026-01-02T03:04:05' },
    ],
    ['a relative address', 'GET', '/gateway', 200, { url: '/gateway' }],
    ['an integer of more than 32 bits', 'GET', `/channels/${ID}`, 200, { ...channel, position: 2 ** 31 }],
  ] as const)('wrong: %s', ([, method, path, status, body], context) => {
    expect(oracleOf(context).exchange({ method, path, status, body })).not.toEqual([])
  })

  test('an operation of our own is unknown, also on a known path', (context) => {
    for (const path of ['/auth/register', '/invites/abc']) {
      expect(oracleOf(context).exchange({ method: 'POST', path, status: 200, body: {} })).toEqual([UNKNOWN])
    }
  })
})

describe('dispatches', () => {
  test.for([
    ['READY', 'of a bot', ready],
    ['READY', 'of a person', { ...without(ready, 'application'), user: me, relationships: [] }],
    ['READY', 'with guilds', { ...without(ready, 'application'), user: me, guilds: [guildCreate] }],
    ['MESSAGE_CREATE', 'in a guild', created],
    ['MESSAGE_CREATE', 'of a webhook', { ...without(created, 'member'), webhook_id: ID }],
    ['MESSAGE_UPDATE', 'in a direct conversation', { ...message, channel_type: 1 }],
    ['CHANNEL_UPDATE', 'of a voice channel', { ...channel, type: 2, bitrate: 64000, user_limit: 0 }],
    ['TYPING_START', 'in a direct conversation', { channel_id: ID, user_id: ID, timestamp: 1_767_323_045 }],
    ['RESUMED', '', {}],
  ] as const)('right: %s %s', ([t, , d], context) => {
    expect(oracleOf(context).dispatch(t, d)).toEqual([])
  })

  test.for([
    ['READY', 'of a bot that is none', { ...ready, user: me }],
    ['READY', 'of a bot with guilds', { ...ready, guilds: [guildCreate] }],
    ['READY', 'of a bot without application', without(ready, 'application')],
    ['MESSAGE_CREATE', 'without member', without(created, 'member')],
    ['MESSAGE_CREATE', 'without guild_id', without(created, 'guild_id')],
    ['MESSAGE_CREATE', 'with guild_id in a direct conversation', { ...created, channel_type: 1 }],
    ['CHANNEL_CREATE', 'of a voice channel without bitrate', { ...channel, type: 2 }],
    ['TYPING_START', 'in milliseconds', { channel_id: ID, user_id: ID, timestamp: 1_767_323_045_000 }],
    ['TYPING_START', 'without member', { channel_id: ID, user_id: ID, guild_id: ID, timestamp: 1 }],
  ] as const)('wrong: %s %s', ([t, , d], context) => {
    expect(oracleOf(context).dispatch(t, d)).not.toEqual([])
  })

  test('an event of our own is unknown', (context) => {
    expect(oracleOf(context).dispatch('SKETCH_UPDATE', {})).toEqual([UNKNOWN])
  })
})

/** Examples without a single optional key. */
const least = {
  READY: ready,
  GUILD_CREATE: guildCreate,
  CHANNEL_UPDATE: channel,
  GUILD_ROLE_CREATE: { guild_id: ID, role },
  GUILD_MEMBER_ADD: { ...member, guild_id: ID },
  GUILD_MEMBERS_CHUNK: { guild_id: ID, members: [member], chunk_index: 0, chunk_count: 1 },
  MESSAGE_CREATE: created,
  MESSAGE_DELETE_BULK: { ids: [ID], channel_id: ID },
  MESSAGE_REACTION_REMOVE: {
    user_id: ID,
    channel_id: ID,
    message_id: ID,
    emoji: { id: null, name: '👍' },
    burst: false,
    type: 0,
  },
  PRESENCE_UPDATE: { user: { id: ID }, status: 'online', activities: [], client_status: {} },
}

describe.each(Object.entries(least))('planted in %s', (t, d) => {
  test('nothing', (context) => {
    expect(oracleOf(context).dispatch(t, d)).toEqual([])
  })

  test('every wrong type is found', (context) => {
    const seen = oracleOf(context)
    const missed = mutations(d, (parent, key) => {
      const value = parent[key]
      parent[key] = typeof value === 'object' && value !== null ? 'planted' : { planted: true }
    }).filter(({ mutant }) => seen.dispatch(t, mutant).length === 0)
    expect(missed.map(({ path }) => path)).toEqual([])
  })

  test('every missing key is found', (context) => {
    const seen = oracleOf(context)
    const missed = mutations(d, (parent, key) => {
      if (!Array.isArray(parent)) delete parent[key]
    }).filter(({ path, mutant }) => !/\d$/.test(path) && seen.dispatch(t, mutant).length === 0)
    expect(missed.map(({ path }) => path)).toEqual([])
  })

  test('every misspelt key is found by the strict oracle', (context) => {
    oracleOf(context)
    const strict = createOracle({ strict: true })
    const missed = mutations(d, (parent, key) => {
      if (!Array.isArray(parent)) parent[`${key}_`] = parent[key]
    }).filter(({ path, mutant }) => !/\d$/.test(path) && strict.dispatch(t, mutant).length === 0)
    expect(missed.map(({ path }) => path)).toEqual([])
  })
})

type Node = Record<string, unknown>

/** One copy of `value` for every place in it, changed there. */
function mutations(
  value: object,
  change: (parent: Node, key: string) => void,
): { path: string; mutant: object }[] {
  return places(value).map((path) => {
    const mutant = structuredClone(value)
    const parent = path.slice(0, -1).reduce<Node>((node, key) => node[key] as Node, mutant as Node)
    change(parent, path.at(-1) as string)
    return { path: path.join('.'), mutant }
  })
}

function places(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => [
    [key],
    ...places(part).map((rest) => [key, ...rest]),
  ])
}
