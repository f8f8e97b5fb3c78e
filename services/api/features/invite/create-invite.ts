import { randomInt } from 'node:crypto'
import { Type } from 'typebox'
import { inviteNote } from '#shared/domain/guild/audit-log.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { manageableChannel } from '../channel/channel-manager.ts'
import { countMembers, findInvite, isUsable } from './invite-lookup.ts'
import { inviteMetadata, inviteObject } from './invite-object.ts'

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'
const CODE_LENGTH = 10
const MOST_INVITES = 1_000

/** POST /channels/{channel_id}/invites; `unique: false` gives the newest similar one that exists. */
export const createInvite = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/channels/:channel_id/invites',
    tag: 'invites',
    summary: 'Create channel invite',
    access: 'verified',
    bucket: Buckets.write,
    schema: {
      params: Type.Object({ channel_id: Snowflake }),
      body: Type.Object({
        max_age: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 604_800 }))),
        max_uses: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 100 }))),
        temporary: Type.Optional(Nullable(Type.Boolean())),
        unique: Type.Optional(Nullable(Type.Boolean())),
      }),
    },
    handle: async (request) => {
      const { params, body, facts, caller } = request
      const scope = await deps.scopes.guildChannel(facts)
      if (!scope.ok) return scope
      if (!has(scope.value.permissions, Permission.CREATE_INSTANT_INVITE))
        return refuse('MISSING_PERMISSIONS')
      const { guildId } = scope.value
      const maxAge = body.max_age ?? 86_400
      const wanted = { max_age: maxAge, max_uses: body.max_uses ?? 0, temporary: body.temporary ?? false }
      const result = await deps.guilds.write(guildId, async (tx) => {
        const ids = { userId: caller.id, channelId: params.channel_id }
        const found = await manageableChannel(tx, ids, Permission.CREATE_INSTANT_INVITE, facts.now)
        if (!found.ok) return found
        const similar = await tx.tx
          .selectFrom('invites')
          .select('code')
          .where('channel_id', '=', params.channel_id)
          .where('inviter_id', '=', caller.id)
          .where('max_age', '=', wanted.max_age)
          .where('max_uses', '=', wanted.max_uses)
          .where('temporary', '=', wanted.temporary)
          .where(isUsable)
          .orderBy('created_at', 'desc')
          .executeTakeFirst()
        if (similar && body.unique !== true) return ok(similar.code)
        const { count } = await tx.tx
          .selectFrom('invites')
          .select((on) => on.fn.countAll<string>().as('count'))
          .where('guild_id', '=', guildId)
          .where(isUsable)
          .executeTakeFirstOrThrow()
        if (Number(count) >= MOST_INVITES) return refuse('TOO_MANY_INVITES')
        const code = newCode()
        const invite = await tx.tx
          .insertInto('invites')
          .values({
            ...wanted,
            code,
            guild_id: guildId,
            channel_id: params.channel_id,
            inviter_id: caller.id,
            expires_at: maxAge === 0 ? null : new Date(facts.now + maxAge * 1_000),
          })
          .returningAll()
          .executeTakeFirstOrThrow()
        await tx.emit({
          type: 'INVITE_CREATE',
          changes: [],
          channelId: params.channel_id,
          d: {
            channel_id: params.channel_id,
            guild_id: guildId,
            code,
            inviter: userObject(caller),
            ...inviteMetadata(invite),
            type: 0,
            expires_at: invite.expires_at ? timestamp(invite.expires_at.getTime()) : null,
            uses: 0,
          },
        })
        await tx.audit(auditActor(request), [inviteNote(null, invite)])
        return ok(code)
      })
      const code = toApi(result)
      if (!code.ok) return code
      const made = await findInvite(deps.database.db, code.value)
      if (!made) return refuse('UNKNOWN_INVITE')
      return ok({
        ...inviteObject(made, await countMembers(deps.database.db, made.invite.guild_id)),
        ...inviteMetadata(made.invite),
      })
    },
  })

const newCode = (): string =>
  Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
