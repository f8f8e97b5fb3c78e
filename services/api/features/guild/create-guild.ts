import { Type } from 'typebox'
import { ChannelType, type Guild, type GuildChannel, type Role } from '#shared/domain/guild/entities.ts'
import type { GuildChange } from '#shared/domain/guild/guild-state.ts'
import { EVERYONE_DEFAULT, formatPermissions } from '#shared/domain/permissions/flags.ts'
import { publicUser } from '#shared/domain/user/user.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, ImageField, Nullable } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { guildObject } from '#shared/protocol/wire/guild.ts'
import { newIds, readStructure } from '#shared/store/guild-store.ts'
import { createOnce } from '../../create-once.ts'
import type { ApiDeps } from '../../deps.ts'
import { readName } from '../../name.ts'
import { newMember } from '../member/member-update.ts'

const MOST_GUILDS = 200

const level = (maximum: number) => Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum })))

/** POST /guilds: with @everyone, a category, a "general" text channel and the owner as its member. */
export const createGuild = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/guilds',
    tag: 'guilds',
    summary: 'Create guild',
    access: 'verified',
    bucket: Buckets.creations,
    success: 201,
    creates: true,
    images: true,
    schema: {
      body: Type.Object({
        name: Type.String({ minLength: 2, maxLength: 100 }),
        icon: ImageField,
        verification_level: level(4),
        default_message_notifications: level(1),
        explicit_content_filter: level(2),
      }),
    },
    handle: async ({ body, facts, caller, attempt }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const name = readName(body.name)
      if (!name.ok) return name
      const owned = await deps.database.db
        .selectFrom('members')
        .select((on) => on.fn.countAll<string>().as('count'))
        .where('user_id', '=', caller.id)
        .executeTakeFirstOrThrow()
      if (!facts.attemptedId && Number(owned.count) >= MOST_GUILDS) return refuse('TOO_MANY_GUILDS')
      const guildId = facts.attemptedId ?? facts.newId
      const note = attempt && { callerId: caller.id, ...attempt, id: guildId }
      const [categoryId, channelId] = (await newIds(deps.database.db, 2)) as [string, string]
      const images =
        body.icon == null ? ok({}) : await deps.images.keep(guildId, { icon: ['icons', body.icon] })
      if (!images.ok) return images
      const guild: Guild = {
        ...newGuild(guildId, name.value, caller.id, channelId),
        ...images.value,
        verification_level: body.verification_level ?? 0,
        default_message_notifications: body.default_message_notifications ?? 0,
        explicit_content_filter: body.explicit_content_filter ?? 0,
      }
      const everyone = everyoneRole(guildId)
      const owner = newMember(publicUser(caller), timestamp(facts.now))
      const changes: GuildChange[] = [
        { kind: 'guild', id: guildId, value: guild },
        { kind: 'role', id: guildId, value: everyone },
        {
          kind: 'channel',
          id: categoryId,
          value: newChannel(categoryId, ChannelType.CATEGORY, 'Text Channels', null),
        },
        {
          kind: 'channel',
          id: channelId,
          value: newChannel(channelId, ChannelType.TEXT, 'general', categoryId),
        },
        { kind: 'member', id: caller.id, value: owner },
      ]
      const created = await createOnce(deps.attempts, note, () =>
        deps.guilds.create(guildId, async (tx): Promise<Result<void, ApiError>> => {
          if (note) await deps.attempts.noteIn(tx.tx, note)
          await tx.emit({ type: 'GUILD_CREATE', changes, d: null, userId: caller.id })
          return ok(undefined)
        }),
      )
      if (!created.ok) return created
      // A repeat finds the guild as the first attempt made it, with that one's channels.
      const there = facts.attemptedId && (await readStructure(deps.database.db, guildId))
      return ok(there ? guildObject(there.state.guild ?? guild, [everyone]) : guildObject(guild, [everyone]))
    },
  })

const newGuild = (id: string, name: string, ownerId: string, systemChannelId: string): Guild => ({
  id,
  name,
  icon: null,
  banner: null,
  description: null,
  owner_id: ownerId,
  afk_channel_id: null,
  afk_timeout: 300,
  verification_level: 0,
  default_message_notifications: 0,
  explicit_content_filter: 0,
  mfa_level: 0,
  nsfw_level: 0,
  system_channel_id: systemChannelId,
  system_channel_flags: 0,
  rules_channel_id: null,
  public_updates_channel_id: null,
  preferred_locale: 'en-US',
  features: [],
  emojis: [],
})

const everyoneRole = (guildId: string): Role => ({
  id: guildId,
  name: '@everyone',
  color: 0,
  hoist: false,
  icon: null,
  unicode_emoji: null,
  position: 0,
  permissions: formatPermissions(EVERYONE_DEFAULT),
  managed: false,
  mentionable: false,
  bot_id: null,
  flags: 0,
})

export const newChannel = (
  id: string,
  type: number,
  name: string,
  parentId: string | null,
): GuildChannel => ({
  id,
  type,
  name,
  topic: null,
  position: 0,
  nsfw: false,
  rate_limit_per_user: 0,
  bitrate: type === ChannelType.VOICE ? 64_000 : null,
  user_limit: type === ChannelType.VOICE ? 0 : null,
  parent_id: parentId,
  permission_overwrites: [],
  flags: 0,
  last_pin_timestamp: null,
})
