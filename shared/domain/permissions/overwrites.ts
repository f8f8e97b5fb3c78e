import { ALL, Permission } from './flags.ts'

/** A channel's exception for a role (type 0) or a member (type 1), in its wire shape: flags in decimal digits. */
export interface Overwrite {
  readonly id: string
  readonly type: 0 | 1
  readonly allow: string
  readonly deny: string
}

export interface AllowDeny {
  readonly allow: bigint
  readonly deny: bigint
}

/** A channel's overwrites with the flags parsed, to be made once per channel and asked once per member. */
export interface CompiledOverwrites {
  readonly everyone: AllowDeny
  readonly roles: ReadonlyMap<string, AllowDeny>
  readonly members: ReadonlyMap<string, AllowDeny>
}

const NOTHING: AllowDeny = { allow: 0n, deny: 0n }

/** Administrator belongs to the guild: an overwrite that names it would make an administrator of one channel. */
const OVERWRITABLE = ALL & ~Permission.ADMINISTRATOR

/** Of two overwrites for the same role or member the last counts. Throws on flags that are not whole numbers. */
export function compileOverwrites(guildId: string, overwrites: readonly Overwrite[]): CompiledOverwrites {
  let everyone = NOTHING
  const roles = new Map<string, AllowDeny>()
  const members = new Map<string, AllowDeny>()
  for (const { id, type, allow, deny } of overwrites) {
    const parsed = { allow: BigInt(allow) & OVERWRITABLE, deny: BigInt(deny) & OVERWRITABLE }
    if (type === 1) members.set(id, parsed)
    else if (id === guildId) everyone = parsed
    else roles.set(id, parsed)
  }
  return { everyone, roles, members }
}

/** Has the channel the same overwrites as its category? Then changes of the category's follow into the channel. */
export function isSynced(channel: readonly Overwrite[], category: readonly Overwrite[]): boolean {
  if (channel.length !== category.length) return false
  return channel.every((mine) =>
    category.some(
      (theirs) =>
        mine.id === theirs.id &&
        mine.type === theirs.type &&
        BigInt(mine.allow) === BigInt(theirs.allow) &&
        BigInt(mine.deny) === BigInt(theirs.deny),
    ),
  )
}
