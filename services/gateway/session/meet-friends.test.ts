import { expect, test } from 'vitest'
import { deferred } from '#shared/kernel/deferred.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { KNOWN_INTENTS } from '#shared/protocol/intents.ts'
import type { Frame } from './frame.ts'
import { Friends } from './friends.ts'
import type { GatewayCore } from './gateway-core.ts'
import { followFriends, meetFriends } from './meet-friends.ts'
import type { Session } from './session.ts'

const relationship = (type: 'RELATIONSHIP_ADD' | 'RELATIONSHIP_REMOVE', id: string, of = 1) =>
  ({ type, d: JSON.stringify({ id, type: of, user: { id, username: `user ${id}` } }) }) as LogEvent

/** A gateway whose database has not yet said who the friends are, and a session there. */
function open(view: object = {}) {
  const told: string[] = []
  const names: (string | undefined)[] = []
  const read = deferred<string[]>()
  const presences = {
    shown: (user_id: string) => ({ user_id, status: 'idle', activities: [], client_status: {} }),
  }
  const friends = new Friends()
  const core = { friends, presences, friendsOf: () => read.promise } as unknown as GatewayCore
  const session = {
    view: { userId: '1', bot: false, shard: null, intents: KNOWN_INTENTS, ...view },
    friends: new Map(),
    closed: false,
    tell(frame: Frame) {
      const { user } = JSON.parse(frame.withSequence(1).toString()).d
      told.push(user.id)
      names.push(user.username)
    },
  } as unknown as Session & { closed: boolean }
  const watched = () => ['2', '3', '4'].filter((id) => [...friends.of(id)].includes(session))
  return { core, friends, session, told, names, read, watched }
}

test('what the log says while friends are read is newer than what is read', async () => {
  const { core, session, told, read, watched } = open()
  const met = meetFriends(core, session)
  followFriends(core, session, relationship('RELATIONSHIP_REMOVE', '2'))
  followFriends(core, session, relationship('RELATIONSHIP_ADD', '3'))
  followFriends(core, session, relationship('RELATIONSHIP_ADD', '4', 3))
  read.resolve(['2'])
  await met
  expect([told, watched()]).toEqual([['3'], ['3']])
  followFriends(core, session, relationship('RELATIONSHIP_ADD', '4'))
  followFriends(core, session, relationship('RELATIONSHIP_ADD', '3', 2))
  expect([told, watched()]).toEqual([['3', '4'], ['4']])
})

test('who becomes a friend, or changes as one, is told of whole, and whoever was one before by his id', async () => {
  const { core, session, told, names, read } = open()
  read.resolve(['2'])
  await meetFriends(core, session)
  followFriends(core, session, relationship('RELATIONSHIP_ADD', '2'))
  followFriends(core, session, relationship('RELATIONSHIP_ADD', '3'))
  expect([told, names]).toEqual([
    ['2', '2', '3'],
    [undefined, 'user 2', 'user 3'],
  ])
})

test('a session that ends while its friends are read leaves nothing behind', async () => {
  const { core, friends, session, told, read, watched } = open()
  const met = meetFriends(core, session)
  followFriends(core, session, relationship('RELATIONSHIP_ADD', '3'))
  session.closed = true
  friends.drop(session)
  read.resolve(['2', '4'])
  await met
  expect([told, watched()]).toEqual([['3'], []])
})

test('bots, other shards than the first, and who asks for no presences hear of no friends', async () => {
  for (const view of [{ bot: true }, { shard: [1, 2] }, { intents: 0 }]) {
    const { core, session, told, read, watched } = open(view)
    read.resolve(['2'])
    await meetFriends(core, session)
    followFriends(core, session, relationship('RELATIONSHIP_ADD', '3'))
    expect([told, watched()]).toEqual([[], []])
  }
})
