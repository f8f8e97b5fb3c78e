import { BucketMap } from '#shared/kernel/bucket-map.ts'
import type { Guild, GuildChannel, Member, Role } from './entities.ts'

/**
 * A guild as it was at one version of its event chain. Values are never mutated: a later state shares what did
 * not change, so that several positions can be held at once.
 */
export interface GuildState {
  readonly version: number
  /** null: not yet created, or deleted */
  readonly guild: Guild | null
  readonly roles: ReadonlyMap<string, Role>
  readonly channels: ReadonlyMap<string, GuildChannel>
  readonly members: BucketMap<Member>
  /**
   * Channel → its last message. Shared by all states of a guild and moved on in place: what a client is told of
   * it is never wrong for long, decides nothing, and is no event.
   */
  readonly heads: Map<string, string>
}

/** One entity's new value; null: it is gone. An event carries the new values, its outbox row the old ones. */
export type GuildChange =
  | { readonly kind: 'guild'; readonly id: string; readonly value: Guild | null }
  | { readonly kind: 'role'; readonly id: string; readonly value: Role | null }
  | { readonly kind: 'channel'; readonly id: string; readonly value: GuildChannel | null }
  | { readonly kind: 'member'; readonly id: string; readonly value: Member | null }

export const NO_GUILD: GuildState = {
  version: 0,
  guild: null,
  roles: new Map(),
  channels: new Map(),
  members: BucketMap.from(),
  heads: new Map(),
}

/** The state after `changes`, as of `version`. Undoing is the same with the old values and the version before. */
export function evolveGuild(state: GuildState, changes: readonly GuildChange[], version: number): GuildState {
  let { guild, members } = state
  const { heads } = state
  let roles: Map<string, Role> | undefined
  let channels: Map<string, GuildChannel> | undefined
  for (const change of changes) {
    switch (change.kind) {
      case 'guild':
        if (!change.value) return { ...NO_GUILD, version }
        guild = change.value
        break
      case 'role':
        roles ??= new Map(state.roles)
        put(roles, change.id, change.value)
        break
      case 'channel':
        channels ??= new Map(state.channels)
        put(channels, change.id, change.value)
        break
      case 'member':
        members = change.value ? members.set(change.id, change.value) : members.delete(change.id)
        break
      default:
        change satisfies never
    }
  }
  return { version, guild, roles: roles ?? state.roles, channels: channels ?? state.channels, members, heads }
}

/** What `changes` would replace in `state`: the changes that lead back. */
export function inverseOf(state: GuildState, changes: readonly GuildChange[]): GuildChange[] {
  return changes.flatMap((change): GuildChange[] => {
    switch (change.kind) {
      case 'guild':
        return change.value ? [{ ...change, value: state.guild }] : everythingOf(state)
      case 'role':
        return [{ ...change, value: state.roles.get(change.id) ?? null }]
      case 'channel':
        return [{ ...change, value: state.channels.get(change.id) ?? null }]
      case 'member':
        return [{ ...change, value: state.members.get(change.id) ?? null }]
    }
  })
}

/** A deletion takes roles, channels and members with it: to undo it they are all needed. */
function everythingOf({ guild, roles, channels, members }: GuildState): GuildChange[] {
  if (!guild) return []
  return [
    { kind: 'guild', id: guild.id, value: guild },
    ...[...roles.values()].map((value): GuildChange => ({ kind: 'role', id: value.id, value })),
    ...[...channels.values()].map((value): GuildChange => ({ kind: 'channel', id: value.id, value })),
    ...[...members.values()].map((value): GuildChange => ({ kind: 'member', id: value.user.id, value })),
  ]
}

function put<V>(map: Map<string, V>, id: string, value: V | null): void {
  if (value) map.set(id, value)
  else map.delete(id)
}
