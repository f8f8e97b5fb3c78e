import { Type } from 'typebox'
import { grantableFlags, guildPermissions } from '#shared/domain/guild/access.ts'
import { channelNotes } from '#shared/domain/guild/audit-log.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { guildChannelObject } from '#shared/protocol/wire/guild.ts'
import { auditActor } from '../../audit-actor.ts'
import { createOnce } from '../../create-once.ts'
import type { ApiDeps } from '../../deps.ts'
import { CreateChannelBody } from './channel-body.ts'
import { knownOverwrites } from './known-overwrites.ts'
import { MOST_CHANNELS, newChannel } from './new-channel.ts'

/** POST /guilds/{guild_id}/channels: with the category's overwrites unless others are given. */
export const createChannel = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/guilds/:guild_id/channels',
    tag: 'channels',
    summary: 'Create guild channel',
    access: 'verified',
    bucket: Buckets.write,
    success: 201,
    creates: true,
    schema: { params: Type.Object({ guild_id: Snowflake }), body: CreateChannelBody },
    handle: async (request) => {
      const { params, body, facts, caller, attempt } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const id = facts.attemptedId ?? facts.newId
      const note = attempt && { callerId: caller.id, ...attempt, id }
      return createOnce(deps.attempts, note, () =>
        deps.guilds.write(params.guild_id, async (tx) => {
          const existing = tx.state.channels.get(id)
          if (existing) return ok(guildChannelObject(existing, params.guild_id, null))
          const actor = await tx.member(caller.id)
          if (!actor) return refuse('MISSING_ACCESS')
          const own = guildPermissions(tx.state, actor, facts.now)
          if (!has(own, Permission.MANAGE_CHANNELS)) return refuse('MISSING_PERMISSIONS')
          const grantable = grantableFlags(tx.state, actor, undefined, facts.now)
          if (tx.state.channels.size >= MOST_CHANNELS) return refuse('TOO_MANY_CHANNELS')
          const made = newChannel(tx.state, id, body, grantable)
          if (!made.ok) return made
          const channel = made.value
          const known = await knownOverwrites(tx, undefined, channel)
          if (!known.ok) return known
          const object = guildChannelObject(channel, params.guild_id, null)
          if (note) await deps.attempts.noteIn(tx.tx, note)
          await tx.emit({
            type: 'CHANNEL_CREATE',
            changes: [{ kind: 'channel', id, value: channel }],
            d: object,
          })
          await tx.audit(auditActor(request), channelNotes(null, channel))
          return ok(object)
        }),
      )
    },
  })
