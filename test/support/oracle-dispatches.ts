import { named, object, ref, requires, type Schema, type Schemas, when } from './oracle-schema.ts'

const id = ref('SnowflakeType')
const text = { type: 'string' }
const integer = { type: 'integer' }
const flag = { type: 'boolean' }
const time = { type: 'string', format: 'date-time' }
const list = (items: Schema): Schema => ({ type: 'array', items })
const optional = (schema: Schema): Schema => ({ oneOf: [{ type: 'null' }, schema] })

const user = ref('UserResponse')
const member = ref('GuildMemberResponse')
const emoji = ref('MessageReactionEmojiResponse')
const privateChannels = [ref('PrivateChannelResponse'), ref('PrivateGroupChannelResponse')]
const channel = { oneOf: [ref('GuildChannelResponse'), ...privateChannels] }

/**
 * Schemas of the `d` of gateway events, made of the components that the answers are made of. What they require
 * beyond those was found by leaving fields out one at a time: some library breaks without it.
 */
export function dispatchSchemas(schemas: Schemas): Schemas {
  const from = (name: string) => (change: Change) => derive(named(schemas, name), change)
  const guild = from('GuildResponse')
  const thread = from('ThreadResponse')

  const activities = list({ type: 'object' })
  const status = { enum: ['online', 'idle', 'dnd', 'invisible', 'offline'] }
  const presence = object(
    {
      user: from('UserResponse')({ only: ['id'] }),
      status,
      activities,
      client_status: object({}, { desktop: text, mobile: text, web: text }),
    },
    { guild_id: id },
  )
  const session = object({
    session_id: text,
    status,
    activities,
    client_info: object({ client: text, os: text, version: integer }),
    active: flag,
  })
  const authorMember = from('GuildMemberResponse')({ omit: ['user'] })
  const message = {
    ...from('MessageResponse')({
      add: { channel_type: ref('ChannelTypes') },
      may: {
        guild_id: id,
        member: authorMember,
        mentions: list(from('UserResponse')({ may: { member: authorMember } })),
      },
    }),
    allOf: [
      when(
        { properties: { channel_type: { enum: [1, 3] } } },
        { not: { required: ['guild_id'] } },
        requires('guild_id'),
      ),
      when({ required: ['guild_id'], not: requires('webhook_id') }, requires('member')),
    ],
  }
  const reaction = { channel_id: id, message_id: id }
  const reacted = { user_id: id, ...reaction, emoji, burst: flag, type: { enum: [0, 1] } }
  const withMember = { dependentRequired: { guild_id: ['member'] } }
  const guildUser = object({ guild_id: id, user })
  const guildRole = object({ guild_id: id, role: ref('GuildRoleResponse') })
  const unavailable = object({ id, unavailable: { const: true } })
  const guildCreate = guild({
    add: {
      joined_at: time,
      large: flag,
      unavailable: { const: false },
      member_count: integer,
      voice_states: list(from('VoiceStateResponse')({ omit: ['guild_id'] })),
      members: { ...list(member), minItems: 1 },
      channels: list(ref('GuildChannelResponse')),
      threads: list(ref('ThreadResponse')),
      presences: list(presence),
      stage_instances: list(ref('StageInstanceResponse')),
      guild_scheduled_events: list(ref('ScheduledEventResponse')),
      soundboard_sounds: list(ref('SoundboardSoundResponse')),
    },
  })

  return {
    READY: {
      ...object(
        {
          v: { const: 10 },
          user: ref('UserPIIResponse'),
          // A person's are complete, unless he does not ask for guilds.
          guilds: list({ oneOf: [unavailable, guildCreate] }),
          private_channels: list({ oneOf: privateChannels }),
          session_id: { type: 'string', minLength: 1 },
          resume_gateway_url: { type: 'string', format: 'uri' },
        },
        {
          shard: { type: 'array', items: integer, minItems: 2, maxItems: 2 },
          application: object({ id, flags: integer }),
          // A user's READY has more than a bot's; the official documents do not describe it.
          users: list(user),
          relationships: list({}),
          read_state: {},
          user_settings: {},
          user_guild_settings: {},
          sessions: list(session),
          merged_members: list({}),
          required_action: text,
        },
      ),
      ...when(
        { required: ['application'] },
        {
          properties: {
            user: { properties: { bot: { const: true } }, required: ['bot'] },
            guilds: list(unavailable),
          },
        },
        { properties: { user: { properties: { bot: { const: false } } } } },
      ),
    },
    RESUMED: { type: ['object', 'null'] },
    RATE_LIMITED: object({
      opcode: integer,
      retry_after: { type: 'number' },
      meta: object({ guild_id: id }, { nonce: text }),
    }),
    USER_UPDATE: ref('UserPIIResponse'),

    GUILD_CREATE: guildCreate,
    GUILD_UPDATE: ref('GuildResponse'),
    GUILD_DELETE: object({ id }, { unavailable: { const: true } }),
    GUILD_ROLE_CREATE: guildRole,
    GUILD_ROLE_UPDATE: guildRole,
    GUILD_ROLE_DELETE: object({ guild_id: id, role_id: id }),
    GUILD_MEMBER_ADD: from('GuildMemberResponse')({ add: { guild_id: id } }),
    GUILD_MEMBER_UPDATE: from('GuildMemberResponse')({
      add: { guild_id: id },
      waive: ['mute', 'deaf', 'banner'],
    }),
    GUILD_MEMBER_REMOVE: guildUser,
    GUILD_MEMBERS_CHUNK: object(
      {
        guild_id: id,
        members: { ...list(member), maxItems: 1000 },
        chunk_index: integer,
        chunk_count: integer,
      },
      { not_found: list(text), presences: list(presence), nonce: text },
    ),
    GUILD_BAN_ADD: guildUser,
    GUILD_BAN_REMOVE: guildUser,
    GUILD_AUDIT_LOG_ENTRY_CREATE: from('AuditLogEntryResponse')({ add: { guild_id: id } }),
    GUILD_EMOJIS_UPDATE: object({ guild_id: id, emojis: list(ref('EmojiResponse')) }),
    GUILD_STICKERS_UPDATE: object({ guild_id: id, stickers: list(ref('GuildStickerResponse')) }),
    WEBHOOKS_UPDATE: object({ guild_id: id, channel_id: id }),
    INVITE_CREATE: object(
      {
        channel_id: id,
        code: text,
        created_at: time,
        max_age: integer,
        max_uses: integer,
        temporary: flag,
        uses: { const: 0 },
      },
      {
        guild_id: id,
        inviter: user,
        expires_at: optional(time),
        target_type: ref('InviteTargetTypes'),
        target_user: user,
      },
    ),
    INVITE_DELETE: object({ channel_id: id, code: text }, { guild_id: id }),

    CHANNEL_CREATE: channel,
    CHANNEL_UPDATE: channel,
    CHANNEL_DELETE: channel,
    CHANNEL_PINS_UPDATE: object({ channel_id: id }, { guild_id: id, last_pin_timestamp: optional(time) }),
    CHANNEL_PINS_ACK: object({ channel_id: id, timestamp: time, version: integer }),
    THREAD_CREATE: thread({ may: { newly_created: flag } }),
    THREAD_UPDATE: ref('ThreadResponse'),
    THREAD_DELETE: object({ id, guild_id: id, parent_id: id, type: ref('ChannelTypes') }),
    THREAD_LIST_SYNC: object(
      { guild_id: id, threads: list(ref('ThreadResponse')), members: list(ref('ThreadMemberResponse')) },
      { channel_ids: list(id) },
    ),
    THREAD_MEMBER_UPDATE: from('ThreadMemberResponse')({ add: { guild_id: id } }),
    THREAD_MEMBERS_UPDATE: object(
      { id, guild_id: id, member_count: integer },
      { added_members: list(ref('ThreadMemberResponse')), removed_member_ids: list(id) },
    ),

    MESSAGE_CREATE: message,
    MESSAGE_UPDATE: message,
    MESSAGE_DELETE: object({ id, channel_id: id }, { guild_id: id }),
    MESSAGE_DELETE_BULK: object({ ids: list(id), channel_id: id }, { guild_id: id }),
    MESSAGE_ACK: object(
      { channel_id: id, message_id: id, version: integer },
      { mention_count: integer, manual: flag, flags: optional(integer), last_viewed: optional(integer) },
    ),
    MESSAGE_REACTION_ADD: {
      ...object(reacted, { guild_id: id, member, message_author_id: id, burst_colors: list(text) }),
      ...withMember,
    },
    MESSAGE_REACTION_REMOVE: object(reacted, { guild_id: id }),
    MESSAGE_REACTION_REMOVE_ALL: object(reaction, { guild_id: id }),
    MESSAGE_REACTION_REMOVE_EMOJI: object({ ...reaction, emoji }, { guild_id: id }),
    TYPING_START: {
      ...object(
        // Seconds: the bound catches milliseconds.
        { channel_id: id, user_id: id, timestamp: { type: 'integer', maximum: 99_999_999_999 } },
        { guild_id: id, member },
      ),
      ...withMember,
    },
    // Of a friend it names no guild.
    PRESENCE_UPDATE: presence,
    SESSIONS_REPLACE: list(session),
    VOICE_STATE_UPDATE: ref('VoiceStateResponse'),
  }
}

interface Change {
  /** Properties that are there too. */
  add?: Schemas
  /** Properties that may be there too. */
  may?: Schemas
  /** Properties that are not there. */
  omit?: string[]
  /** Properties that need not be there. */
  waive?: string[]
  /** The only properties that must be there. */
  only?: string[]
}

function derive(base: Schema, { add = {}, may = {}, omit = [], waive = [], only }: Change): Schema {
  const properties = { ...base.properties, ...add, ...may }
  for (const key of omit) delete properties[key]
  const free = [...omit, ...waive]
  const required = only ?? [
    ...(base.required ?? []).filter((key) => !free.includes(key)),
    ...Object.keys(add),
  ]
  return { ...base, properties, required }
}
