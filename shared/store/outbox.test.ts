import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asPosition, asSnowflake } from '#shared/kernel/ids.ts'
import { err, ok } from '#shared/kernel/result.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { relationalSubject } from '#shared/protocol/subjects.ts'
import { Caller, confirmationToken, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'
import { readGuildAt } from './guild-store.ts'
import { GuildWriter } from './guild-writer.ts'
import { OutboxAppender } from './outbox-appender.ts'

/** What the log answers instead of appending; undefined: it appends. */
let instead: ((event: { type: string }) => 'unknown' | 'lost_answer' | undefined) | undefined

let rig: Rig
let ada: Person
beforeAll(async () => {
  rig = await startRig(({ log }) => ({ log: faulty(log) }))
  ada = await newPerson(rig.httpUrl, 'ada')
})
afterAll(() => rig.stop())

describe('the outbox', () => {
  test('[OUT-1] a refused write leaves neither rows nor events', async () => {
    const guild = await newGuild(ada)
    const writer = new GuildWriter(rig.database.db, new OutboxAppender(rig.database.db, rig.adapters.log))
    const before = await chainOf(guild.id)
    const refused = await writer.write(guild.id, async (tx) => {
      await tx.emit({
        type: 'CHANNEL_DELETE',
        changes: [{ kind: 'channel', id: guild.general, value: null }],
        d: {},
      })
      return err({ code: 'no' as const })
    })
    expect(refused).toEqual(err({ code: 'no' }))
    expect(await chainOf(guild.id)).toEqual(before)
    expect((await ada.request('GET', `/channels/${guild.general}`)).status).toBe(200)
  })

  test('[OUT-2] many appenders at once append each row once, in order', async () => {
    const guild = await newGuild(ada)
    await emitWithoutAppending(guild.id, guild.general, 20)
    const appenders = Array.from({ length: 5 }, () => new OutboxAppender(rig.database.db, rig.adapters.log))
    const aggregate = { kind: 'guild', id: asSnowflake(guild.id) } as const
    const results = await Promise.all(appenders.map((appender) => appender.append(aggregate)))
    expect(results).toEqual(appenders.map(() => ok(undefined)))
    const chain = await chainOf(guild.id)
    expect(chain.map((event) => (event.facts as { version: number }).version)).toEqual(
      chain.map((_, index) => index + 1),
    )
    expect(await unmarked(guild.id)).toBe(0)
  })

  test('[OUT-2] marks that were lost are made again without appending again', async () => {
    const guild = await newGuild(ada)
    await ada.expect('PATCH', `/channels/${guild.general}`, { topic: 'one' })
    const before = await chainOf(guild.id)
    await rig.database.db
      .updateTable('outbox')
      .set({ position: null })
      .where('aggregate_id', '=', guild.id)
      .execute()
    await new OutboxAppender(rig.database.db, withoutDedupe(rig.adapters.log)).append({
      kind: 'guild',
      id: asSnowflake(guild.id),
    })
    expect(await chainOf(guild.id)).toEqual(before)
    expect(await unmarked(guild.id)).toBe(0)
  })

  test('[OUT-3] the relay appends what a crash left behind', async () => {
    const guild = await newGuild(ada)
    await emitWithoutAppending(guild.id, guild.general, 3)
    await rig.database.pool.query(
      `update outbox set created_at = now() - interval '1 minute' where position is null`,
    )
    await until(async () => (await unmarked(guild.id)) === 0)
    expect(await chainOf(guild.id)).toHaveLength(4)
  })

  test('[OUT-5] success is not answered while the event is not in the log', async () => {
    const guild = await newGuild(ada)
    instead = (event) => (event.type === 'CHANNEL_UPDATE' ? 'unknown' : undefined)
    const answer = await ada.request('PATCH', `/channels/${guild.general}`, { topic: 'two' })
    instead = undefined
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    await rig.database.pool.query(
      `update outbox set created_at = now() - interval '1 minute' where position is null`,
    )
    await until(async () => (await unmarked(guild.id)) === 0)
    expect((await ada.expect('GET', `/channels/${guild.general}`)).topic).toBe('two')
  })

  test.each(['unknown', 'lost_answer'] as const)(
    '[OUT-6] creates that ended in 503 (%s) and are repeated make one thing',
    async (fault) => {
      const guild = await newGuild(ada)
      const creates = [
        {
          path: `/channels/${guild.general}/messages`,
          body: { content: `once ${fault}` },
          type: 'MESSAGE_CREATE',
        },
        { path: `/guilds/${guild.id}/channels`, body: { name: `once-${fault}` }, type: 'CHANNEL_CREATE' },
        { path: `/guilds/${guild.id}/roles`, body: { name: `once ${fault}` }, type: 'GUILD_ROLE_CREATE' },
        { path: '/guilds', body: { name: `once ${fault}` }, type: 'GUILD_CREATE' },
      ]
      for (const { path, body, type } of creates) {
        instead = (event) => (event.type === type ? fault : undefined)
        expect((await ada.request('POST', path, body)).status).toBe(503)
        instead = undefined
        const again = await ada.expect('POST', path, body)
        expect(again.id).toMatch(/^\d{17,19}$/)
      }
      const messages = await ada.expect('GET', `/channels/${guild.general}/messages`)
      expect(
        messages.filter((message: { content: string }) => message.content === `once ${fault}`),
      ).toHaveLength(1)
      const channels = await ada.expect('GET', `/guilds/${guild.id}/channels`)
      expect(channels.filter((channel: { name: string }) => channel.name === `once-${fault}`)).toHaveLength(1)
      const roles = await ada.expect('GET', `/guilds/${guild.id}/roles`)
      expect(roles.filter((role: { name: string }) => role.name === `once ${fault}`)).toHaveLength(1)
      const guilds = await ada.expect('GET', '/users/@me/guilds')
      expect(guilds.filter((one: { name: string }) => one.name === `once ${fault}`)).toHaveLength(1)
    },
  )

  test('[LOG-12] rows with later outbox rows undone are the states that were', async () => {
    const guild = await newGuild(ada)
    const { db } = rig.database
    const states = new Map([[1, await readGuildAt(db, guild.id, 1)]])
    const remember = async () => {
      const version = (await chainOf(guild.id)).length
      states.set(version, await readGuildAt(db, guild.id, version))
    }
    const bob = await newPerson(rig.httpUrl, 'bob')
    const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, { name: 'red' })
    await remember()
    const { code } = await ada.expect('POST', `/channels/${guild.general}/invites`, {})
    await remember()
    await bob.expect('POST', `/invites/${code}`, {})
    await remember()
    await ada.expect('PUT', `/guilds/${guild.id}/members/${bob.id}/roles/${role.id}`)
    await remember()
    await ada.expect('PUT', `/channels/${guild.general}/permissions/${role.id}`, {
      type: 0,
      allow: '0',
      deny: '1024',
    })
    await remember()
    await ada.expect('DELETE', `/guilds/${guild.id}/roles/${role.id}`)
    await remember()
    await ada.expect('DELETE', `/guilds/${guild.id}/members/${bob.id}`)
    await remember()
    await ada.expect('DELETE', `/guilds/${guild.id}`)
    await remember()
    expect(states.size).toBe(9)
    for (const [version, state] of states) {
      expect(state?.version).toBe(version)
      expect(comparable(await readGuildAt(db, guild.id, version)), `version ${version}`).toEqual(
        comparable(state),
      )
    }
  })
})

test('[LOG-11] simultaneous changes of one message are all made, one after another', async () => {
  const guild = await newGuild(ada)
  const bob = await newPerson(rig.httpUrl, 'bob')
  const { code } = await ada.expect('POST', `/channels/${guild.general}/invites`, {})
  await bob.expect('POST', `/invites/${code}`, {})
  const message = await ada.expect('POST', `/channels/${guild.general}/messages`, { content: 'react' })
  const emoji = ['👍', '👎', '🎉', '❤️', '🚀']
  const changes = [ada, bob].flatMap((person) =>
    emoji.map((one) =>
      person.expect(
        'PUT',
        `/channels/${guild.general}/messages/${message.id}/reactions/${encodeURIComponent(one)}/@me`,
      ),
    ),
  )
  changes.push(
    ada.expect('PATCH', `/channels/${guild.general}/messages/${message.id}`, { content: 'edited' }),
  )
  await Promise.all(changes)
  const read = await bob.expect('GET', `/channels/${guild.general}/messages/${message.id}`)
  expect(read.content).toBe('edited')
  expect(read.reactions.map((reaction: { count: number }) => reaction.count)).toEqual([2, 2, 2, 2, 2])
})

test('[PRJ-4] a message that the timeline did not take at once appears there all the same', async () => {
  const guild = await newGuild(ada)
  const sent = await ada.expect('POST', `/channels/${guild.general}/messages`, { content: 'repaired' })
  await rig.database.pool.query('delete from timeline where message_id = $1', [sent.id])
  await rig.database.pool.query(`update projections set position = 0 where name = 'timeline'`)
  const follower = await import('#services/indexer/service.ts')
  const { createLogger } = await import('#shared/platform/logger.ts')
  const { Metrics } = await import('#shared/platform/metrics.ts')
  const { systemClock } = await import('#shared/kernel/clock.ts')
  const indexer = follower.startIndexer({
    database: rig.database,
    ...rig.adapters,
    clock: systemClock,
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: new Metrics(),
  })
  await until(
    async () => (await ada.request('GET', `/channels/${guild.general}/messages/${sent.id}`)).status === 200,
  )
  await indexer.stop()
})

test('a registration whose mail cannot be sent succeeds, and the mail comes later', async () => {
  const anyone = new Caller(rig.httpUrl)
  const answer = await anyone.expect('POST', '/auth/register', {
    username: 'late_mail',
    email: 'late@example.org',
    password: 'correct horse battery',
    consent: true,
  })
  expect(answer.token).toBeTypeOf('string')
  expect(await confirmationToken(rig.httpUrl, 'late@example.org')).toMatch(/^[\w-]{40,}$/)
})

function faulty(log: EventLog): EventLog {
  return new Proxy(log, {
    get(target, name) {
      if (name !== 'append') {
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return async (...[event, options]: Parameters<EventLog['append']>) => {
        const fault = instead?.(event)
        if (fault === 'lost_answer') await target.append(event, options)
        return fault ? err({ code: 'unknown', cause: fault }) : target.append(event, options)
      }
    },
  })
}

/** As if the window had passed: only the guard protects. */
const withoutDedupe = (log: EventLog): EventLog =>
  new Proxy(log, {
    get(target, name) {
      if (name === 'append') {
        return (...[event, options]: Parameters<EventLog['append']>) =>
          target.append(
            event,
            options?.expectedLast === undefined ? {} : { expectedLast: options.expectedLast },
          )
      }
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

const chainOf = (guildId: string): Promise<readonly LogEvent[]> =>
  rig.adapters.log.read({
    after: asPosition(0),
    limit: 1_000,
    subject: relationalSubject({ kind: 'guild', id: asSnowflake(guildId) }),
  })

async function unmarked(guildId: string): Promise<number> {
  const rows = await rig.database.db
    .selectFrom('outbox')
    .select('version')
    .where('aggregate_id', '=', guildId)
    .where('position', 'is', null)
    .execute()
  return rows.length
}

/** As a process that dies between commit and append leaves it. */
async function emitWithoutAppending(guildId: string, channelId: string, count: number): Promise<void> {
  const dead = {
    append: async () => err({ code: 'not_appended', cause: 'died' }),
  } as unknown as OutboxAppender
  const writer = new GuildWriter(rig.database.db, dead)
  for (let index = 0; index < count; index++) {
    await writer.write(guildId, async (tx) => {
      const channel = tx.state.channels.get(channelId)
      if (!channel) return err({ code: 'gone' as const })
      const value = { ...channel, topic: `topic ${index}` }
      await tx.emit({ type: 'CHANNEL_UPDATE', changes: [{ kind: 'channel', id: channelId, value }], d: {} })
      return ok(undefined)
    })
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

const comparable = (state: Awaited<ReturnType<typeof readGuildAt>>) =>
  state && {
    version: state.version,
    guild: state.guild,
    roles: [...state.roles.values()].sort(byId),
    channels: [...state.channels.values()].sort(byId),
    members: [...state.members.values()].sort((a, b) => (a.user.id < b.user.id ? -1 : 1)),
  }

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
