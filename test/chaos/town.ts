import { Permission } from '#shared/domain/permissions/flags.ts'
import { eventually } from '#test/support/eventually.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'
import { RoamingSession } from './roaming-session.ts'

const GUESTS = 4
const JOINERS = 2

/** People with their guild, its channels and their sessions, before anything happens to them. */
export interface Town {
  readonly owner: Person
  /** Members throughout. */
  readonly guests: readonly Person[]
  /** They come and go, without sessions. */
  readonly joiners: readonly Person[]
  readonly guildId: string
  /** Which every member sees. */
  readonly open: readonly string[]
  /** Which only the owner sees, and the first guest at times. */
  readonly secret: string
  /** Which everybody sees and only the owner writes in. */
  readonly board: string
  /** The conversation of owner and first guest. */
  readonly direct: string
  readonly invite: string
  readonly sessions: readonly RoamingSession[]
}

export async function newTown({ http, gateway }: { http: string; gateway: string }): Promise<Town> {
  const owner = await newPerson(http, 'owner')
  const people: Person[] = []
  for (let n = 0; n < GUESTS + JOINERS; n++) people.push(await newPerson(http, 'guest'))
  const guests = people.slice(0, GUESTS)
  const guild = await newGuild(owner)
  const { code } = await owner.expect('POST', `/channels/${guild.general}/invites`, { max_age: 0 })
  for (const guest of guests) await guest.expect('POST', `/invites/${code}`, {})
  const channel = async (name: string, deny: bigint) => {
    const everyone = { id: guild.id, type: 0, allow: '0', deny: String(deny) }
    const body = { name, ...(deny && { permission_overwrites: [everyone] }) }
    return (await owner.expect('POST', `/guilds/${guild.id}/channels`, body)).id as string
  }
  const open = [guild.general, await channel('second', 0n)]
  const secret = await channel('secret', Permission.VIEW_CHANNEL)
  const board = await channel('board', Permission.SEND_MESSAGES)
  const [first] = guests as [Person]
  const direct = await owner.expect('POST', '/users/@me/channels', { recipient_id: first.id })
  // Two sessions of owner and first guest: they have to be told the same.
  const sessions = [owner, ...guests, owner, first].map(
    (person, index) =>
      new RoamingSession({ url: gateway, token: person.token, userId: person.id, name: `session ${index}` }),
  )
  for (const session of sessions) session.start()
  await eventually(
    'all sessions have their guild',
    () => sessions.every(({ settled, stream }) => settled && stream.some(({ t }) => t === 'GUILD_CREATE')),
    60_000,
  )
  return {
    owner,
    guests,
    joiners: people.slice(GUESTS),
    guildId: guild.id,
    open,
    secret,
    board,
    direct: direct.id,
    invite: code,
    sessions,
  }
}
