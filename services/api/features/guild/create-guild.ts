import { type Static, Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import type { Guild, Member, Role } from '#shared/domain/guild/entities.ts'
import type { GuildChange, GuildState } from '#shared/domain/guild/guild-state.ts'
import { publicUser } from '#shared/domain/user/user.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, ofPart, refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { guildObject } from '#shared/protocol/wire/guild.ts'
import { newIds, readStructure } from '#shared/store/guild-store.ts'
import { createOnce } from '../../create-once.ts'
import type { ApiDeps } from '../../deps.ts'
import { readName } from '../../name.ts'
import { knownOverwrites } from '../channel/known-overwrites.ts'
import { isInTooManyGuilds } from '../member/guild-limit.ts'
import { newMember } from '../member/member-update.ts'
import { readRoleIcon } from '../role/roles.ts'
import { EditGuildBody } from './guild-body.ts'
import { countNewIds, newStructure, StructureBody } from './new-structure.ts'

const CreateGuildBody = Type.Object({
  ...StructureBody.properties,
  ...Type.Pick(EditGuildBody, [
    'icon',
    'verification_level',
    'default_message_notifications',
    'explicit_content_filter',
    'afk_timeout',
    'system_channel_flags',
  ]).properties,
  name: Type.String({ minLength: 2, maxLength: 100 }),
})

type Body = Static<typeof CreateGuildBody>

/**
 * POST /guilds: with the owner as its member, and with roles and channels that are given, or @everyone, a category and
 * a "general" text channel.
 */
export const createGuild = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/guilds',
    tag: 'guilds',
    summary: 'Create guild, with roles and channels',
    access: 'verified',
    bucket: Buckets.creations,
    success: 201,
    creates: true,
    images: true,
    schema: { body: CreateGuildBody },
    handle: async ({ body, facts, caller, attempt }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const name = readName(body.name)
      if (!name.ok) return name
      const guildId = facts.attemptedId ?? facts.newId
      const note = attempt && { callerId: caller.id, ...attempt, id: guildId }
      const ids = await newIds(deps.database.db, countNewIds(body))
      const owner = newMember(publicUser(caller), timestamp(facts.now))
      const blank = newGuild(guildId, name.value, caller.id, body)
      const structure = newStructure(blank, owner, body, ids, facts.now)
      if (!structure.ok) return structure
      const pictured = await withPictures(deps, structure.value, owner, body)
      if (!pictured.ok) return pictured
      const state = pictured.value
      const guild = state.guild as Guild
      const changes: GuildChange[] = [
        { kind: 'guild', id: guildId, value: guild },
        ...[...state.roles].map(([id, value]): GuildChange => ({ kind: 'role', id, value })),
        ...[...state.channels].map(([id, value]): GuildChange => ({ kind: 'channel', id, value })),
        { kind: 'member', id: caller.id, value: owner },
      ]
      const created = await createOnce(deps.attempts, note, () =>
        deps.guilds.create(guildId, async (tx): Promise<Result<void, ApiError>> => {
          if (await isInTooManyGuilds(tx.tx, caller.id)) return refuse('TOO_MANY_GUILDS')
          for (const channel of state.channels.values()) {
            const known = await knownOverwrites({ tx: tx.tx, state }, undefined, channel)
            if (!known.ok) return known
          }
          if (note) await deps.attempts.noteIn(tx.tx, note)
          await tx.emit({ type: 'GUILD_CREATE', changes, d: null, userId: caller.id })
          return ok(undefined)
        }),
      )
      if (!created.ok) return created
      // A repeat finds the guild as the first attempt made it, with that one's channels.
      const there = facts.attemptedId && (await readStructure(deps.database.db, guildId))
      const { guild: made, roles } = there ? there.state : state
      return ok(guildObject(made ?? guild, roles.values()))
    },
  })

/** The state with the guild's icon and the roles' pictures, which are kept. */
async function withPictures(
  deps: ApiDeps,
  state: GuildState,
  owner: Member,
  body: Body,
): Promise<Result<GuildState, ApiError>> {
  const guild = state.guild as Guild
  const images = body.icon == null ? ok({}) : await deps.images.keep(guild.id, { icon: ['icons', body.icon] })
  if (!images.ok) return images
  const roles = [...state.roles.values()]
  for (const [n, fields] of (body.roles ?? []).entries()) {
    const role = roles[n] as Role
    const icon = await readRoleIcon(deps, role.id, fields, guildPermissions(state, owner))
    if (!icon.ok) return ofPart(['roles', n], icon)
    roles[n] = { ...role, ...icon.value }
  }
  return ok({
    ...state,
    guild: { ...guild, ...images.value },
    roles: new Map(roles.map((role) => [role.id, role])),
  })
}

const newGuild = (id: string, name: string, ownerId: string, body: Body): Guild => ({
  id,
  name,
  icon: null,
  banner: null,
  description: null,
  owner_id: ownerId,
  afk_channel_id: null,
  afk_timeout: body.afk_timeout ?? 300,
  verification_level: body.verification_level ?? 0,
  default_message_notifications: body.default_message_notifications ?? 0,
  explicit_content_filter: body.explicit_content_filter ?? 0,
  mfa_level: 0,
  nsfw_level: 0,
  system_channel_id: null,
  system_channel_flags: body.system_channel_flags ?? 0,
  rules_channel_id: null,
  public_updates_channel_id: null,
  preferred_locale: 'en-US',
  features: [],
  emojis: [],
})
