import { grantableFlags, permissionsInChannel } from '#shared/domain/guild/access.ts'
import type { GuildChannel } from '#shared/domain/guild/entities.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'

export interface ManagedChannel {
  readonly channel: GuildChannel
  /** What the actor may do in it. */
  readonly own: bigint
  /** What he may allow and deny in its overwrites, with MANAGE_ROLES in it. */
  readonly grantable: bigint
}

/** A channel that the user may change with the given permission in it, under the guild's lock. */
export async function manageableChannel(
  tx: GuildTransaction,
  ids: { readonly userId: string; readonly channelId: string },
  permission: bigint,
  now: number,
): Promise<Result<ManagedChannel, ApiError>> {
  const actor = await tx.member(ids.userId)
  if (!actor) return refuse('MISSING_ACCESS')
  const channel = tx.state.channels.get(ids.channelId)
  if (!channel) return refuse('UNKNOWN_CHANNEL')
  const own = permissionsInChannel(tx.state, actor, channel, now)
  if (!has(own, Permission.VIEW_CHANNEL)) return refuse('MISSING_ACCESS')
  if (!has(own, permission)) return refuse('MISSING_PERMISSIONS')
  return ok({ channel, own, grantable: grantableFlags(tx.state, actor, channel, now) })
}
