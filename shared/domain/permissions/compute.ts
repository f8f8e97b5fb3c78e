import { ALL, has, Permission } from './flags.ts'
import { type CompiledOverwrites, compileOverwrites, type Overwrite } from './overwrites.ts'

export interface ChannelMember {
  readonly userId: string
  /** The member's roles. @everyone may be among them or not. */
  readonly roleIds: Iterable<string>
  readonly timedOut?: boolean
}

const KEPT_IN_TIMEOUT = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
const NEEDS_SEND =
  Permission.MENTION_EVERYONE |
  Permission.SEND_TTS_MESSAGES |
  Permission.ATTACH_FILES |
  Permission.EMBED_LINKS

/** What a member may do in the guild as a whole, before any channel: the `permissions` of a partial guild. */
export function basePermissions(member: {
  readonly owner: boolean
  /** Flags of the role @everyone. */
  readonly everyone: bigint
  /** Flags of each of the member's other roles. */
  readonly roles: readonly bigint[]
  readonly timedOut?: boolean
}): bigint {
  if (member.owner) return ALL
  const bits = member.roles.reduce((all, role) => all | role, member.everyone) & ALL
  if (has(bits, Permission.ADMINISTRATOR)) return ALL
  return member.timedOut ? bits & KEPT_IN_TIMEOUT : bits
}

/**
 * What a member may do in a channel. `base` comes from {@link basePermissions}. For many members of one
 * channel, compile its overwrites once and use {@link permissionsIn}.
 */
export function channelPermissions(
  base: bigint,
  overwrites: readonly Overwrite[],
  member: ChannelMember & { readonly guildId: string },
): bigint {
  return permissionsIn(base, compileOverwrites(member.guildId, overwrites), member)
}

/** {@link channelPermissions} with compiled overwrites. */
export function permissionsIn(base: bigint, overwrites: CompiledOverwrites, member: ChannelMember): bigint {
  if (has(base, Permission.ADMINISTRATOR)) return ALL
  return withImplied(overwritten(base, overwrites, member))
}

/**
 * What a member may do in a thread; `overwrites` are the parent channel's. SEND_MESSAGES of the result
 * says whether one may send in this thread, so callers ask the same flag everywhere.
 */
export function threadPermissions(
  base: bigint,
  overwrites: CompiledOverwrites,
  member: ChannelMember,
  thread: { readonly private: boolean; readonly joined: boolean },
): bigint {
  if (has(base, Permission.ADMINISTRATOR)) return ALL
  const parent = overwritten(base, overwrites, member)
  if (thread.private && !thread.joined && !has(parent, Permission.MANAGE_THREADS)) return 0n
  const maySend = has(parent, Permission.SEND_MESSAGES_IN_THREADS)
  return withImplied(maySend ? parent | Permission.SEND_MESSAGES : parent & ~Permission.SEND_MESSAGES)
}

function overwritten(base: bigint, overwrites: CompiledOverwrites, member: ChannelMember): bigint {
  let bits = (base & ~overwrites.everyone.deny) | overwrites.everyone.allow
  if (overwrites.roles.size > 0) {
    let allow = 0n
    let deny = 0n
    for (const id of member.roleIds) {
      const role = overwrites.roles.get(id)
      if (!role) continue
      allow |= role.allow
      deny |= role.deny
    }
    bits = (bits & ~deny) | allow
  }
  const own = overwrites.members.get(member.userId)
  if (own) bits = (bits & ~own.deny) | own.allow
  return member.timedOut ? bits & KEPT_IN_TIMEOUT : bits
}

function withImplied(bits: bigint): bigint {
  if (!has(bits, Permission.VIEW_CHANNEL)) return 0n
  return has(bits, Permission.SEND_MESSAGES) ? bits : bits & ~NEEDS_SEND
}
