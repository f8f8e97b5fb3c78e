import type { Member } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import type { RequestMembersFrame } from '#shared/protocol/gateway-frame.ts'
import { Intent } from '#shared/protocol/intents.ts'
import { Opcode } from '#shared/protocol/opcodes.ts'
import { memberObject } from '#shared/protocol/wire/guild.ts'
import { wants } from '../fold/session-view.ts'
import { roomKey } from '../rooms/rooms.ts'
import { Frame } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'
import type { Session } from './session.ts'

/** discord.js takes the first chunk with fewer for the last one. */
const CHUNK = 1_000
const MOST_BY_PREFIX = 100
/** A session may ask for the whole list of a guild once in so long. */
const WHOLE_LIST_MS = 30_000

/**
 * GUILD_MEMBERS_CHUNK for a request: exact thousands but for the last; one chunk when nobody matches. RATE_LIMITED
 * where the whole list is asked for again too soon. Each chunk has members as they are when it is asked for, since
 * whoever asks has been told of changes meanwhile; there are no more once he is no longer one of them.
 */
export function* memberChunks(
  core: GatewayCore,
  session: Session,
  request: RequestMembersFrame,
): Generator<Frame, void> {
  const room = session.rooms.get(roomKey('guild', request.guildId))
  if (!room) return
  const waits = isWholeList(request) ? takeTurn(core, session, request.guildId) : 0
  if (waits > 0) return yield rateLimited(request, waits)
  const stateNow = () => room.state as unknown as GuildState
  const { found, missing } = select(stateNow(), request, wants(session.view, Intent.GUILD_MEMBERS))
  const count = Math.max(1, Math.ceil(found.length / CHUNK))
  let next = 0
  for (let index = 0; index < count; index++) {
    const now = stateNow().members
    if (session.closed || !now.has(session.view.userId)) return
    const members: Member[] = []
    while (next < found.length && members.length < CHUNK) {
      const member = now.get(found[next++] as string)
      if (member) members.push(member)
    }
    yield new Frame(
      'GUILD_MEMBERS_CHUNK',
      JSON.stringify({
        guild_id: request.guildId,
        members: members.map(memberObject),
        chunk_index: index,
        chunk_count: count,
        ...(missing.length > 0 && index === 0 ? { not_found: missing } : {}),
        ...(request.presences && wants(session.view, Intent.GUILD_PRESENCES)
          ? { presences: members.flatMap((member) => presenceOf(core, member, request.guildId)) }
          : {}),
        ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
      }),
    )
  }
}

const isWholeList = ({ by }: Pick<RequestMembersFrame, 'by'>): boolean =>
  'query' in by && by.query === '' && by.limit === 0

/** @returns 0, or how many ms to wait */
function takeTurn({ clock }: GatewayCore, session: Session, guildId: string): number {
  const now = clock.monotonic()
  session.wholeLists ??= new Map()
  const { wholeLists } = session
  const waits = (wholeLists.get(guildId) ?? Number.NEGATIVE_INFINITY) + WHOLE_LIST_MS - now
  if (waits <= 0) wholeLists.set(guildId, now)
  return Math.max(0, waits)
}

const rateLimited = ({ guildId, nonce }: RequestMembersFrame, waits: number): Frame =>
  new Frame(
    'RATE_LIMITED',
    JSON.stringify({
      opcode: Opcode.REQUEST_GUILD_MEMBERS,
      retry_after: waits / 1_000,
      meta: { guild_id: guildId, ...(nonce === undefined ? {} : { nonce }) },
    }),
  )

/** @returns ids of users */
function select(
  { members }: GuildState,
  { by }: RequestMembersFrame,
  all: boolean,
): { found: string[]; missing: string[] } {
  if ('userIds' in by) {
    const found = by.userIds.filter((id) => members.has(id))
    return { found, missing: by.userIds.filter((id) => !members.has(id)) }
  }
  if (isWholeList({ by })) return { found: all ? [...members.keys()] : [], missing: [] }
  const limit = Math.min(by.limit || MOST_BY_PREFIX, MOST_BY_PREFIX)
  const prefix = by.query.toLowerCase()
  const found: string[] = []
  for (const member of members.values()) {
    if (found.length >= limit) break
    const names = [member.nick, member.user.global_name, member.user.username]
    if (names.some((name) => name?.toLowerCase().startsWith(prefix))) found.push(member.user.id)
  }
  return { found, missing: [] }
}

function presenceOf(core: GatewayCore, { user }: Member, guildId: string): object[] {
  const presence = core.presences.get(user.id)
  if (!presence) return []
  const { user_id: _, ...rest } = presence
  return [{ user: { id: user.id }, guild_id: guildId, ...rest }]
}
