import { Flag, mayInChannel, mayInGuild, type NaiveGuild, NOTHING } from '#test/sim/checks/naive-guild.ts'
import type { Caller } from '#test/support/people.ts'

export type FlagName = keyof typeof Flag

/** What there is, as plain objects: what those who own it are shown of it, and nothing of the server's own making. */
export class Town {
  readonly guilds = new Map<string, NaiveGuild>()
  readonly messages = new Map<string, { readonly channelId: string; readonly authorId: string }>()
  /** Message and emoji of each kind. */
  readonly reactions = new Set<string>()
  /** Recipients of each. */
  readonly conversations = new Map<string, readonly string[]>()
  /** Owner of each of them that is a group. */
  readonly groups = new Map<string, string>()
  /** Channel of each. */
  readonly invites = new Map<string, string>()
  /** Owner of each. */
  readonly applications = new Map<string, string>()
  /** Guild and maker of each. */
  readonly emojis = new Map<string, { readonly guildId: string; readonly userId: string }>()
  /** Guild and user of each. */
  readonly bans = new Set<string>()
  /** Files that are in no message yet. */
  readonly uploads = new Map<string, { readonly channelId: string; readonly userId: string }>()
  /** Channel of each link to a file. */
  readonly links = new Map<string, string>()

  /** Reads a guild as its owner is shown it. */
  async read(owner: Caller, guildId: string): Promise<void> {
    const path = `/guilds/${guildId}`
    const [guild, roles, channels, members] = await Promise.all(
      ['', '/roles', '/channels', '/members?limit=1000'].map((end) => owner.expect('GET', path + end)),
    )
    const byId = (list: { id: string }[]) => Object.fromEntries(list.map((one) => [one.id, one]))
    const ofUsers = members.map((member: { user: { id: string } }) => ({ ...member, id: member.user.id }))
    this.guilds.set(guildId, {
      version: 0,
      guild,
      roles: byId(roles),
      channels: byId(channels),
      members: byId(ofUsers),
    })
  }

  guild(guildId: string | undefined): NaiveGuild {
    return this.guilds.get(guildId ?? '') ?? NOTHING
  }

  guildOfChannel(channelId: string | undefined): NaiveGuild | undefined {
    return [...this.guilds.values()].find(({ channels }) => channelId !== undefined && channelId in channels)
  }

  isMember(guild: NaiveGuild, userId: string): boolean {
    return userId in guild.members
  }

  /** Who is timed out looks and reads, and that is all; owner and administrators are not bound by it. */
  may(guild: NaiveGuild, userId: string, flag: FlagName, channelId?: string): boolean {
    const until = guild.members[userId]?.communication_disabled_until
    const bound = until && !mayInGuild(guild, userId, Flag.ADMINISTRATOR)
    if (bound && flag !== 'VIEW_CHANNEL' && flag !== 'READ_MESSAGE_HISTORY') return false
    return channelId === undefined
      ? mayInGuild(guild, userId, Flag[flag])
      : mayInChannel(guild, userId, channelId, Flag[flag])
  }

  owns(guild: NaiveGuild, userId: string): boolean {
    return guild.guild?.owner_id === userId
  }

  /** By position, then the older above the younger; @everyone below all. */
  isAbove(guild: NaiveGuild, roleId: string | undefined, otherId: string | undefined): boolean {
    const rank = (id: string | undefined) =>
      id === undefined || id === guild.guild.id ? undefined : guild.roles[id]
    const [role, other] = [rank(roleId), rank(otherId)]
    if (!role || !other) return role !== undefined
    if (role.position !== other.position) return role.position > other.position
    return BigInt(role.id) < BigInt(other.id)
  }

  highestRole(guild: NaiveGuild, userId: string): string | undefined {
    const roles: readonly string[] = guild.members[userId]?.roles ?? []
    return roles.find((id) => roles.every((other) => other === id || this.isAbove(guild, id, other)))
  }
}
