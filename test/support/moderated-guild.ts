import { type Caller, join, newGuild, type Person } from './people.ts'

export interface ModeratedGuild {
  readonly id: string
  readonly general: string
  /** The moderator's. */
  readonly role: string
  /** Paths. */
  readonly members: string
  readonly roles: string
}

/** A guild of three: the moderator has a role with these flags, the member none. */
export async function moderatedGuild(
  [owner, moderator, member]: readonly [Person, Person, Person],
  flags: bigint,
): Promise<ModeratedGuild> {
  const guild = await newGuild(owner)
  await join(owner, moderator, guild.general)
  await join(owner, member, guild.general)
  const [roles, members] = [`/guilds/${guild.id}/roles`, `/guilds/${guild.id}/members`]
  const role = await owner.expect('POST', roles, { name: 'moderators', permissions: String(flags) })
  await owner.expect('PUT', `${members}/${moderator.id}/roles/${role.id}`)
  return { ...guild, role: role.id, members, roles }
}

/** Status and, of what is refused, code of an answer: `403 50013`. */
export async function outcome(caller: Caller, method: string, path: string, body?: unknown): Promise<string> {
  const exchange = await caller.request(method, path, body)
  return exchange.status < 300 ? String(exchange.status) : `${exchange.status} ${exchange.body.code}`
}
