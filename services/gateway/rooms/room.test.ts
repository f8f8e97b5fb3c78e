import { describe, expect, test } from 'vitest'
import type { Guild, GuildChannel, Member, Role } from '#shared/domain/guild/entities.ts'
import { evolveGuild, type GuildChange, NO_GUILD } from '#shared/domain/guild/guild-state.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { Intent, KNOWN_INTENTS } from '#shared/protocol/intents.ts'
import type { SessionView } from '../fold/session-view.ts'
import type { Frame } from '../session/frame.ts'
import { guildKind } from './guild-kind.ts'
import { ChainGap, type Listener, Room } from './room.ts'

const GUILD = '100000000000000001'
const GENERAL = '100000000000000002'
const OWNER = '200000000000000001'
const BOB = '200000000000000002'
const BOT = '200000000000000003'

describe('a room', () => {
  test('[OUT-4] versions that it has are dropped, a gap is refused', () => {
    const { room, hear } = newRoom()
    const bob = hear(BOB)
    const update = relational(4, 'CHANNEL_UPDATE', [channel({ topic: 'a' })])
    room.apply(update, [])
    room.apply({ ...update, position: asPosition(99) }, [])
    expect(bob.heard).toEqual(['CHANNEL_UPDATE'])
    expect(() => room.apply(relational(6, 'CHANNEL_UPDATE', [channel({ topic: 'c' })]), [])).toThrow(ChainGap)
  })

  test('[VIS-2] messages reach those who view the channel and want them', () => {
    const { room, hear } = newRoom()
    const owner = hear(OWNER)
    const bob = hear(BOB)
    const uninterested = hear(BOB, { intents: Intent.GUILDS })
    room.apply(message('hello'), [])
    expect([owner.heard, bob.heard, uninterested.heard]).toEqual([['MESSAGE_CREATE'], ['MESSAGE_CREATE'], []])
    const hidden = channel({
      permission_overwrites: [{ id: GUILD, type: 0, allow: '0', deny: String(Permission.VIEW_CHANNEL) }],
    })
    room.apply(relational(4, 'CHANNEL_UPDATE', [hidden]), [])
    room.apply(message('secret'), [])
    expect(bob.heard).toEqual(['MESSAGE_CREATE', 'CHANNEL_DELETE'])
    expect(owner.heard).toEqual(['MESSAGE_CREATE', 'CHANNEL_UPDATE', 'MESSAGE_CREATE'])
    room.apply(relational(5, 'CHANNEL_UPDATE', [channel({})]), [])
    expect(bob.heard).toEqual(['MESSAGE_CREATE', 'CHANNEL_DELETE', 'CHANNEL_CREATE'])
  })

  test('[VIS-4] who is put out hears GUILD_DELETE and nothing after it; who comes in hears GUILD_CREATE', () => {
    const { room, hear, listener } = newRoom()
    const bob = hear(BOB)
    room.apply(relational(4, 'GUILD_MEMBER_REMOVE', [{ kind: 'member', id: BOB, value: null }], BOB), [])
    room.apply(message('after'), [])
    expect(bob.heard).toEqual(['GUILD_DELETE'])
    expect(bob.wasPutOut).toBe(true)
    const again = listener(BOB)
    room.apply(relational(5, 'GUILD_MEMBER_ADD', [{ kind: 'member', id: BOB, value: member(BOB) }], BOB), [
      again,
    ])
    room.apply(message('welcome'), [])
    expect(again.heard).toEqual(['GUILD_CREATE', 'MESSAGE_CREATE'])
  })

  test('[VIS-6] without MESSAGE_CONTENT a bot sees its own messages and mentions of it, others empty', () => {
    const { room, hear } = newRoom()
    const bot = hear(BOT, { bot: true, intents: KNOWN_INTENTS & ~Intent.MESSAGE_CONTENT })
    const person = hear(BOB, { intents: KNOWN_INTENTS & ~Intent.MESSAGE_CONTENT })
    room.apply(message('plain'), [])
    room.apply(message('for the bot', { mentions: [BOT] }), [])
    room.apply(message('by the bot', { author: BOT }), [])
    expect(bot.contents).toEqual(['', 'for the bot', 'by the bot'])
    expect(person.contents).toEqual(['plain', 'for the bot', 'by the bot'])
  })

  test('a channel that changes keeps its last message, also for a session that was away', () => {
    const { room, hear } = newRoom()
    const bob = hear(BOB)
    const said = message('hello')
    room.apply(said, [])
    const update = relational(4, 'CHANNEL_UPDATE', [channel({ topic: 'a' })])
    const before = room.state
    room.apply(update, [])
    const [, frame] = bob.frames.map((one) => JSON.parse(one.withSequence(1).toString()))
    const { message_id } = said.facts as { message_id: string }
    expect(frame.d).toMatchObject({ id: GENERAL, topic: 'a', last_message_id: message_id })
    const missed = room.kind.dispatches(bob.view, update, before, room.state)
    expect(missed.map(({ t, d }) => ({ t, d: JSON.parse(d) }))).toEqual([{ t: frame.t, d: frame.d }])
  })

  test('everybody who is sent the same shares its bytes', () => {
    const { room, hear } = newRoom()
    const one = hear(OWNER)
    const other = hear(BOB)
    room.apply(message('hello'), [])
    room.apply(relational(4, 'GUILD_ROLE_UPDATE', []), [])
    expect(one.frames).toEqual(other.frames)
    expect(one.frames.every((frame, index) => frame === other.frames[index])).toBe(true)
  })
})

function newRoom() {
  let state = NO_GUILD
  const everything: GuildChange[] = [
    { kind: 'guild', id: GUILD, value: { id: GUILD, owner_id: OWNER, name: 'A guild' } as Guild },
    {
      kind: 'role',
      id: GUILD,
      value: { id: GUILD, permissions: String(Permission.VIEW_CHANNEL), position: 0 } as Role,
    },
    channel({}),
    ...[OWNER, BOB, BOT].map((id): GuildChange => ({ kind: 'member', id, value: member(id) })),
  ]
  state = evolveGuild(state, everything, 3)
  const room = new Room(guildKind(undefined as never), GUILD, state)
  const listener = (userId: string, view: Partial<SessionView> = {}) => new Hearing(userId, view)
  const hear = (userId: string, view: Partial<SessionView> = {}) => {
    const created = listener(userId, view)
    room.attach(created)
    return created
  }
  return { room, hear, listener }
}

class Hearing implements Listener {
  readonly view: SessionView
  readonly frames: Frame[] = []
  wasPutOut = false

  constructor(userId: string, view: Partial<SessionView>) {
    this.view = { userId, intents: KNOWN_INTENTS, bot: false, shard: null, largeThreshold: 50, ...view }
  }

  hear(frame: Frame): void {
    this.frames.push(frame)
  }

  tell(): void {}

  left(): void {
    this.wasPutOut = true
  }

  get heard(): string[] {
    return this.#read().map(({ t }) => t)
  }

  get contents(): string[] {
    return this.#read().map(({ d }) => d.content)
  }

  #read(): { t: string; d: { content: string } }[] {
    return this.frames.map((frame) => JSON.parse(frame.withSequence(1).toString()))
  }
}

let position = 10

function relational(
  version: number,
  type: string,
  changes: readonly GuildChange[],
  userId?: string,
): LogEvent {
  const facts = { version, changes, ...(userId ? { user_id: userId } : {}) }
  return {
    position: asPosition(++position),
    subject: `events.0.g.${GUILD}.v`,
    type,
    schema: 1,
    facts,
    d: '{}',
  } as never
}

function message(content: string, { author = OWNER, mentions = [] as string[] } = {}): LogEvent {
  const id = String(300000000000000000n + BigInt(position))
  return {
    position: asPosition(++position),
    subject: `events.0.g.${GUILD}`,
    type: 'MESSAGE_CREATE',
    schema: 1,
    facts: { channel_id: GENERAL, message_id: id, author_id: author, mentions },
    d: JSON.stringify({ id, channel_id: GENERAL, content, embeds: [], attachments: [], components: [] }),
  } as never
}

const channel = (fields: Partial<GuildChannel>): GuildChange => ({
  kind: 'channel',
  id: GENERAL,
  value: {
    id: GENERAL,
    type: 0,
    name: 'general',
    position: 0,
    permission_overwrites: [],
    ...fields,
  } as GuildChannel,
})

const member = (id: string): Member =>
  ({
    user: { id, username: id },
    roles: [],
    nick: null,
    joined_at: '',
    communication_disabled_until: null,
  }) as never
