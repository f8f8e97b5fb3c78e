import { guildPermissions } from '#shared/domain/guild/access.ts'
import { AuditAction, type AuditActor } from '#shared/domain/guild/audit-log.ts'
import type { Member } from '#shared/domain/guild/entities.ts'
import { standingOf } from '#shared/domain/guild/standing.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { canManageMember } from '#shared/domain/permissions/hierarchy.ts'
import type { User } from '#shared/domain/user/user.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import type { Ban } from '#shared/store/bans.ts'
import { isBanned } from '#shared/store/bans.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'
import { removeMember } from '../member/member-removal.ts'

export const MOST_SECONDS = 7 * 24 * 3_600

export const banObject = ({ user, reason }: Ban) => ({ user: userObject(user), reason })

/** A member who may ban at all, and has the other flags that it takes, under the guild's lock. */
export async function bannerIn(
  tx: GuildTransaction,
  userId: string,
  now: number,
  flags: bigint = Permission.BAN_MEMBERS,
): Promise<Result<Member, ApiError>> {
  const actor = await tx.member(userId)
  if (!actor) return refuse('MISSING_ACCESS')
  return has(guildPermissions(tx.state, actor, now), flags) ? ok(actor) : refuse('MISSING_PERMISSIONS')
}

/** A member goes with it; who is no member may be banned too. `false`: he was banned already. */
export async function ban(
  tx: GuildTransaction,
  actor: Member,
  user: User,
  by: AuditActor,
): Promise<Result<boolean, ApiError>> {
  const member = await tx.member(user.id)
  if (member && !canManageMember(standingOf(tx.state, actor), standingOf(tx.state, member)))
    return refuse('MISSING_PERMISSIONS')
  const { guildId } = tx
  if (await isBanned(tx.tx, guildId, user.id)) return ok(false)
  await tx.tx
    .insertInto('bans')
    .values({ guild_id: guildId, user_id: user.id, reason: by.reason ?? null })
    .execute()
  if (member) await removeMember(tx, member)
  await tx.emit({
    type: 'GUILD_BAN_ADD',
    changes: [],
    userId: user.id,
    d: { guild_id: guildId, user: userObject(user) },
  })
  await tx.audit(by, [{ action_type: AuditAction.MEMBER_BAN_ADD, target_id: user.id }])
  return ok(true)
}
