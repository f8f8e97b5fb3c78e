import { headers } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NatsUser } from '#db/nats/permissions.ts'
import { SERVICES, type Service } from '#db/postgres/grants.ts'
import { openJetStreamEventLog } from '#shared/adapters/event-log/jetstream-event-log.ts'
import type { Nats } from '#shared/adapters/nats/nats.ts'
import { openJetStreamSessionStore } from '#shared/adapters/session-store/jetstream-session-store.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient, TestSession } from '#test/support/gateway-client.ts'
import { confirmationToken, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { dataUri, PNG } from '#test/support/pictures.ts'
import { missingForCredentials, OwnCredentials } from './own-credentials.ts'
import { onPostgres } from './own-stores.ts'

const NOT_ALLOWED = '42501'

const lacking = missingForCredentials()
const title = 'each service with credentials of its own'

describe.skipIf(lacking.length > 0)(
  lacking.length > 0 ? `${title} — skipped: no ${lacking.join(', ')}` : title,
  () => {
    let own: OwnCredentials
    let beforeMigration: string

    beforeAll(async () => {
      own = await OwnCredentials.create()
      beforeMigration = await openSessions('gateway').then(
        () => '',
        ({ message }: Error) => message,
      )
      await own.start()
    }, 120_000)

    afterAll(async () => own?.dispose(), 60_000)

    test('people talk, search, resume, change, moderate and log out; nothing is denied', async () => {
      const ada = await newPerson(own.http, 'ada')
      const bob = await newPerson(own.http, 'bob')
      const { id: guildId, general } = await newGuild(ada)
      await join(ada, bob, general)
      const { token: bot } = await newBot(ada, guildId)
      await GatewayClient.enter(own.gateway, `Bot ${bot}`, {}).then((client) => client.terminate())
      const session = await TestSession.identify(own.gateway, ada.token)

      const first = await says(bob, general, 'the kettle is on')
      await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.id === first)
      await bob.expect('PATCH', `/channels/${general}/messages/${first}`, { content: 'the kettle boils' })
      await ada.expect('PUT', `/channels/${general}/messages/${first}/reactions/👍/@me`)
      await session.until(({ t }) => t === 'MESSAGE_REACTION_ADD')
      await bob.expect('POST', `/channels/${general}/typing`)
      await session.client.dispatch('TYPING_START')

      await session.cut()
      const missed = await says(bob, general, 'nobody hears this')
      await session.resume(own.gateway)
      await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.id === missed)

      const history = await ada.expect('GET', `/channels/${general}/messages?limit=10`)
      expect(history.map(({ content }: { content: string }) => content)).toEqual(
        expect.arrayContaining(['the kettle boils', 'nobody hears this']),
      )
      await eventually('the message is found', async () => {
        const found = await ada.request('GET', `/guilds/${guildId}/messages/search?content=kettle`)
        return found.status === 200 && found.body.total_results === 1
      })

      const named = await says(bob, general, `@everyone, <@${ada.id}>`)
      await eventually('the mention is listed', async () => {
        const [found] = await ada.expect('GET', '/users/@me/mentions')
        return found?.id === named
      })
      await ada.expect('POST', `/channels/${general}/messages/${named}/ack`, { token: null })
      await session.until(({ t }) => t === 'MESSAGE_ACK')
      await ada.expect('POST', `/channels/${general}/pins/ack`)

      await ada.expect('PATCH', '/users/@me', { global_name: 'Ada L.', avatar: dataUri(PNG) })
      await session.until(({ t, d }) => t === 'GUILD_MEMBER_UPDATE' && d.user.global_name === 'Ada L.')
      await ada.expect('PATCH', `/users/@me/guilds/${guildId}/settings`, { muted: true })
      await ada.as(`Bot ${bot}`).expect('PATCH', '/applications/@me', { description: 'Listens.' })
      await ada.expect('GET', `/users/${bob.id}/profile?with_mutual_friends=true`)
      await ada.expect('POST', '/auth/forgot', { login: bob.username })
      const reset = await confirmationToken(own.http, `${bob.username}@example.org`, '/reset')
      const renewed = await bob.expect('POST', '/auth/reset', { token: reset, password: 'kettles and tea' })
      Object.assign(bob, { authorization: renewed.token })

      const direct = await ada.expect('POST', '/users/@me/channels', { recipient_id: bob.id })
      await says(ada, direct.id, 'between us')
      await ada.expect('DELETE', `/channels/${general}/messages/${missed}`)
      await ada.expect('POST', `/channels/${general}/messages`, form('notes.txt', 'attached'))
      await ada.expect('DELETE', `/channels/${general}/messages/${first}`)
      await eventually('the audit log tells of the deletion', async () => {
        const log = await ada.expect('GET', `/guilds/${guildId}/audit-logs?action_type=72`)
        return log.audit_log_entries.length > 0
      })
      const spam = await says(bob, general, 'buy kettles')
      await ada.expect('PUT', `/guilds/${guildId}/bans/${bob.id}`, { delete_message_seconds: 60 })
      await session.until(({ t, d }) => t === 'MESSAGE_DELETE_BULK' && d.ids.includes(spam))
      await ada.expect('DELETE', `/guilds/${guildId}/bans/${bob.id}`)
      await ada.expect('DELETE', `/guilds/${guildId}`)
      await ada.expect('POST', '/auth/logout', {})
      expect((await session.client.closed).code).toBe(4004)
      expect(own.output.filter((line) => /denied|violation/i.test(line))).toEqual([])
    })

    test.each<readonly [Service, string]>([
      ['api', 'select * from credentials'],
      ['api', 'delete from users'],
      ['api', 'update outbox set d = d'],
      ['auth', 'delete from guilds'],
      ['auth', 'select * from roles'],
      ['gateway', 'update users set bio = bio'],
      ['gateway', 'insert into tokens (hash, user_id) select hash, user_id from tokens'],
      ['gateway', 'select snowflake()'],
      ['indexer', 'select * from users'],
      ['indexer', 'delete from outbox'],
      ['indexer', 'update guilds set owner_id = owner_id'],
      ['api', 'delete from audit_log'],
      ['relay', 'select * from tokens'],
      ['relay', 'update outbox set facts = facts'],
      ['relay', 'select * from mail_queue'],
      ...SERVICES.map((service) => [service, 'create table mine (id int)'] as const),
      ...SERVICES.map((service) => [service, "delete from migrations where name = ''"] as const),
    ])('in Postgres %s cannot: %s', async (service, statement) => {
      await expect(onPostgres(own.databaseUrl(service), statement)).rejects.toMatchObject({
        code: NOT_ALLOWED,
      })
    })

    test.each<readonly [NatsUser, string]>([
      ['indexer', 'events.1.c.2'],
      ['indexer', 'events.1.u.2.v'],
      ['gateway', 'events.1.g.2'],
      ['relay', 'events.1.g.2'],
      ['auth', 'events.1.g.2.v'],
      ['api', 'events.1.u.2'],
      ['migrate', 'events.1.g.2'],
      ['indexer', 'sessions.one.two'],
      ['auth', 'sessions.one.two'],
      ['indexer', 'bus.token_revoked'],
      ['relay', 'bus.rate_limit_told.1'],
    ])('on NATS %s cannot publish %s', async (user, subject) => {
      expect(
        await refusals(user, (nats) => nats.connection.publish(`${own.namespace}.${subject}`, '{}')),
      ).toEqual([expect.stringContaining(`Publish to "${own.namespace}.${subject}"`)])
    })

    test.each<readonly [NatsUser, string]>([
      ['gateway', 'STREAM.PURGE'],
      ['indexer', 'STREAM.PURGE'],
      ['relay', 'STREAM.DELETE'],
      ['api', 'STREAM.UPDATE'],
      ['migrate', 'STREAM.DELETE'],
    ])('on NATS %s cannot ask for %s of the log', async (user, request) => {
      const subject = `$JS.API.${request}.${own.namespace}_events`
      expect(await refusals(user, (nats) => nats.connection.publish(subject, '{}'))).toEqual([
        expect.stringContaining(`Publish to "${subject}"`),
      ])
    })

    test.each<readonly [NatsUser, string]>([
      ['api', '>'],
      ['auth', '_INBOX.*'],
      ['indexer', '_INBOX_NAMESPACE_gateway.>'],
      ['relay', 'NAMESPACE.events.>'],
    ])('on NATS %s cannot listen to %s', async (user, pattern) => {
      const subject = pattern.replace('NAMESPACE', own.namespace)
      const listen = (nats: Nats) => void nats.connection.subscribe(subject, { callback: () => {} })
      expect(await refusals(user, listen)).toEqual([expect.stringContaining(`Subscription to "${subject}"`)])
    })

    test('the relay can do what it does after a crash and in the course of hours', async () => {
      const subject = `${own.namespace}.events.1.g.2.v`
      const unstored = headers()
      unstored.set('Nats-Expected-Last-Subject-Sequence', '987654321')
      const repeat = (nats: Nats) => nats.connection.publish(subject, '{}', { headers: unstored })
      expect(await refusals('relay', repeat)).toEqual([])

      await onPostgres(own.databaseUrl('relay'), 'delete from outbox where position <= 1')
      const nats = await own.openNats('relay')
      const log = await openJetStreamEventLog({
        nats,
        clock: systemClock,
        namespace: own.namespace,
        replicas: 1,
        maxBytes: Number(own.stores.env.NATS_LOG_MAX_BYTES),
        onWarning: () => {},
        onTrouble: () => {},
      })
      await log.purge(asPosition(1))
      expect((await log.bounds()).first).toBe(2)
      await log.close()
      await nats.close()
    })

    test('a service says when a stream is missing or has other settings', async () => {
      expect(beforeMigration).toMatch(/^there is no stream \w+_sessions, .* run "npm run db:migrate"$/)
      await openSessions('gateway')
      await expect(openSessions('gateway', 77_000)).rejects.toThrow(/has other settings \(max_age\), .* run/)
    })

    async function openSessions(user: NatsUser, resumeWindowMs = 300_000): Promise<void> {
      const nats = await own.openNats(user)
      try {
        const records = await openJetStreamSessionStore({
          nats,
          clock: systemClock,
          namespace: own.namespace,
          replicas: 1,
          resumeWindowMs,
          onWarning: () => {},
        })
        records.close()
      } finally {
        await nats.close()
      }
    }

    /** What the server says while a user does something. */
    async function refusals(user: NatsUser, act: (nats: Nats) => void): Promise<string[]> {
      const said: string[] = []
      const nats = await own.openNats(user, (error) => said.push(String(error)))
      act(nats)
      await nats.connection.flush()
      await nats.close()
      return said
    }
  },
)

const says = async (person: Person, channelId: string, content: string): Promise<string> =>
  (await person.expect('POST', `/channels/${channelId}/messages`, { content })).id

function form(name: string, content: string): FormData {
  const data = new FormData()
  data.set('files[0]', new Blob([content]), name)
  return data
}
