import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openJetStreamEventLog } from '#shared/adapters/event-log/jetstream-event-log.ts'
import { jetStreamApi } from '#shared/adapters/nats/jetstream-api.ts'
import { type Nats, openNats } from '#shared/adapters/nats/nats.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { asPosition, START } from '#shared/kernel/ids.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import { type Cut, openCuttingProxy } from './cutting-proxy.ts'
import {
  append,
  appendBatch,
  expectGapless,
  freshEvent,
  freshId,
  readAll,
  times,
} from './event-log/appending.ts'
import type { EventLogStore } from './event-log/event-log-store.ts'
import { follow } from './event-log/follow.ts'
import { eventLogContract } from './event-log.contract.ts'
import {
  deleteStream,
  freshNamespace,
  natsDescribe,
  natsReplicas,
  natsUrls,
  openTestNats,
} from './nats-server.ts'

const open = (
  nats: Nats,
  namespace: string,
  over: Partial<Parameters<typeof openJetStreamEventLog>[0]> = {},
) =>
  openJetStreamEventLog({
    nats,
    clock: systemClock,
    namespace,
    replicas: natsReplicas,
    onWarning: () => {},
    onTrouble: () => {},
    ...over,
  })

natsDescribe.run(natsDescribe.title('NATS'), () => {
  eventLogContract(
    'JetStream',
    async (): Promise<EventLogStore> => {
      const namespace = freshNamespace()
      let nats = await openTestNats()
      let log = await open(nats, namespace)
      let crashes = 0
      const reopen = async () => {
        await log.close()
        await nats.close()
        nats = await openTestNats()
        log = await open(nats, namespace)
        return log
      }
      return {
        get log() {
          return log
        },
        reopen,
        async crash() {
          // Half of the times the connection is lost, half of the times the leader, where there is another one.
          if (natsReplicas > 1 && ++crashes % 2 === 0) {
            await jetStreamApi(nats.connection, `STREAM.LEADER.STEPDOWN.${namespace}_events`).catch(() => {})
          } else await nats.connection.reconnect()
        },
        async plant({ subject, type, schema, facts, d }) {
          await nats.connection.request(`${namespace}.${subject}`, `${type} ${schema}\n${facts}\n${d}`)
          await reopen()
        },
        async close() {
          await deleteStream(nats, `${namespace}_events`)
          await log.close()
          await nats.close()
        },
      }
    },
    { moveTime: false, openSecond: false },
  )

  describe('event log: JetStream', () => {
    const namespace = freshNamespace()
    let nats: Nats
    let log: EventLog
    beforeAll(async () => {
      nats = await openTestNats()
      log = await open(nats, namespace)
    })
    afterAll(async () => {
      await deleteStream(nats, `${namespace}_events`)
      await log.close()
      await nats.close()
    })

    test('[OUT-7] it is not opened on servers that do not take the largest event', async () => {
      const taken = nats.connection.info?.max_payload as number
      const opened = open(nats, namespace, { mostEventBytes: taken - 1_000 })
      await expect(opened).rejects.toThrow(`set max_payload of its servers to ${taken + 24} or more`)
      const largest = await open(nats, namespace, { mostEventBytes: taken - 1_024 })
      const d = randomBytes(taken)
        .toString('latin1')
        .replace(/[^ -~]/g, 'a')
        .slice(0, 900_000)
      expect(await append(largest, { ...freshEvent(), d })).toMatchObject({ duplicate: false })
      await largest.close()
    })

    test('[LOG-7] the position at a time is that of the last event appended before it', async () => {
      const { position } = await append(log, freshEvent())
      const passes = () => expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(Date.now() + 20)
      await passes()
      const between = Date.now()
      await passes()
      const later = await append(log, freshEvent())
      expect(await log.positionAt(between)).toBe(position)
      expect(await log.positionAt(between + 60_000)).toBe(later.position)
      expect(await log.positionAt(0)).toBe((await log.bounds()).first - 1)
      await log.purge(later.position)
      expect(await log.positionAt(Date.now() + 60_000)).toBe(later.position)
    })

    test('[LOG-1] [LOG-2] two processes append to one log: chains fork nowhere, and both read the same', async () => {
      const other = await openTestNats()
      const elsewhere = await open(other, namespace)
      const start = (await log.bounds()).last
      const followers = [follow(log, start), follow(elsewhere, start)]
      const { subject } = freshEvent()
      const links = await Promise.all(
        [log, elsewhere].map(async (one) => {
          const taken: number[] = []
          for (let expectedLast = START; taken.length < 50; ) {
            const result = await one.append(freshEvent(subject), { id: freshId(), expectedLast })
            if (result.ok) taken.push(result.value.position)
            else if (result.error.code !== 'wrong_last') throw new Error(JSON.stringify(result.error))
            expectedLast = result.ok ? result.value.position : (result.error as { last: typeof START }).last
          }
          return taken
        }),
      )
      const end = asPosition(start + 100)
      for (const follower of followers) {
        await follower.reached(end)
        await follower.stop()
        expectGapless(follower.events, start)
        expect(follower.events.map(({ position }) => position)).toEqual(links.flat().sort((a, b) => a - b))
      }
      await elsewhere.close()
      await other.close()
    })

    test('[LOG-3] a process that is not the first to use an id is told so, whatever its guard', async () => {
      const other = await openTestNats()
      const elsewhere = await open(other, namespace)
      const [id, batchId] = [freshId(), freshId()]
      const { subject } = freshEvent()
      const { position } = await append(log, freshEvent(subject), { id, expectedLast: START })
      await append(log, freshEvent(subject))
      const batch = await appendBatch(log, [freshEvent(), freshEvent()], batchId)
      const repeat = { position, duplicate: true }
      expect(await append(elsewhere, freshEvent(subject), { id, expectedLast: START })).toEqual(repeat)
      expect(await append(elsewhere, freshEvent(), { id: batchId, expectedLast: position })).toEqual({
        ...batch,
        duplicate: true,
      })
      await elsewhere.close()
      await other.close()
    })

    test('[LOG-10] an event larger than the server takes is refused, and the next is taken', async () => {
      const huge = { ...freshEvent(), d: JSON.stringify(randomBytes(1 << 20).toString('hex')) }
      expect(await log.append(huge)).toMatchObject({ error: { code: 'refused' } })
      expect(await log.appendBatch([freshEvent(), huge])).toMatchObject({ error: { code: 'refused' } })
      await append(log, freshEvent())
    })

    test('a stream with other settings is brought to those that the log needs, unless it is not the log', async () => {
      const name = freshNamespace()
      const config = {
        name: `${name}_events`,
        subjects: [`${name}.events.>`],
        discard: 'old',
        num_replicas: 1,
      }
      await jetStreamApi(nats.connection, `STREAM.CREATE.${config.name}`, config)
      const warnings: string[] = []
      const opened = await open(nats, name, { onWarning: (warning) => warnings.push(warning) })
      expect(warnings[0]).toMatch(/discard, .*duplicate_window, .*allow_atomic/)
      await appendBatch(opened, [freshEvent(), freshEvent()])
      await opened.close()
      const foreign = freshNamespace()
      const theirs = { ...config, name: `${foreign}_events`, subjects: [foreign] }
      await jetStreamApi(nats.connection, `STREAM.CREATE.${theirs.name}`, theirs)
      await expect(open(nats, foreign)).rejects.toThrow(/somebody else's/)
      for (const { name: stream } of [config, theirs]) await deleteStream(nats, stream)
    })

    test('a server that does not sync each write is warned of, and so is one that does not tell', async ({
      skip,
    }) => {
      const monitorUrl = process.env.NATS_MONITOR_URL
      if (!monitorUrl) return skip('NATS_MONITOR_URL is not set')
      const warnings: string[] = []
      for (const url of [monitorUrl, 'http://127.0.0.1:1']) {
        const onWarning = (warning: string) => void warnings.push(warning)
        await (await open(nats, namespace, { monitorUrl: url, onWarning })).close()
      }
      expect(warnings).toEqual([
        ...(process.env.NATS_SYNC_INTERVAL === 'always' ? [] : [expect.stringContaining('is not "always"')]),
        expect.stringContaining('cannot be learnt'),
      ])
    })

    test('[LOG-10] a full log refuses appends until it is purged, and loses nothing', async () => {
      const name = freshNamespace()
      const small = await open(nats, name, { maxBytes: 100_000 })
      const start = (await small.bounds()).last
      const event = () => ({ ...freshEvent(), d: JSON.stringify('x'.repeat(10_000)) })
      const results = []
      for (let n = 0; n < 12; n++) results.push(await small.append(event()))
      expect(results.at(-1)).toMatchObject({
        error: { code: 'refused', reason: expect.stringContaining('bytes') },
      })
      expect(await small.appendBatch([event(), event()])).toMatchObject({ error: { code: 'refused' } })
      const { last } = await small.bounds()
      expect(await readAll(small, start)).toHaveLength(results.filter(({ ok }) => ok).length)
      await small.purge(last)
      expect((await append(small, event())).position).toBe(last + 1)
      await deleteStream(nats, `${name}_events`)
      await small.close()
    })

    test('[LOG-8] a log that is found behind what was seen refuses appends and names the command that mends it', async () => {
      const name = freshNamespace()
      const own = await openTestNats()
      const rewound = await open(own, name)
      const { position } = await appendBatch(
        rewound,
        times(20).map(() => freshEvent()),
      )
      const follower = follow(rewound, asPosition(position + 19))
      await deleteStream(nats, `${name}_events`)
      const restored = await open(nats, name)
      await append(restored, freshEvent())
      // Its connection did not break, so only the position that it is given tells.
      expect(await rewound.append(freshEvent())).toMatchObject({ error: { code: 'unknown' } })
      expect(await rewound.append(freshEvent())).toMatchObject({
        error: { code: 'refused', reason: expect.stringContaining('npm run log:epoch') },
      })
      await own.connection.reconnect()
      await expect(follower.ended).rejects.toThrow(/beyond the end/)
      await deleteStream(nats, `${name}_events`)
      for (const each of [rewound, restored]) await each.close()
      await own.close()
    })
  })

  // In a cluster the client would go on with a server that the proxy does not stand before.
  if (natsReplicas > 1) return
  describe('event log: JetStream that cannot be reached', () => {
    const namespace = freshNamespace()
    let proxy: Awaited<ReturnType<typeof openCuttingProxy>>
    let nats: Nats
    let log: EventLog
    beforeAll(async () => {
      proxy = await openCuttingProxy(natsUrls[0] as string, `HPUB ${namespace}.`)
      nats = await openNats({ servers: [proxy.url], name: 'guildhall tests', onTrouble: () => {} })
      log = await open(nats, namespace)
    })
    afterAll(async () => {
      await deleteStream(nats, `${namespace}_events`)
      await log.close()
      await nats.close()
      proxy.end()
    })

    const breaks: { cuts: Cut[] }[] = [
      { cuts: ['answer lost'] },
      { cuts: ['request lost'] },
      { cuts: ['request lost', 'answer lost'] },
    ]
    test.for(breaks)(
      '[LOG-10] an append is taken once when the connection breaks: $cuts',
      async ({ cuts }) => {
        const { subject } = freshEvent()
        const { position } = await append(log, freshEvent(subject))
        const follower = follow(log, position)
        proxy.cuts.push(...cuts)
        const event = freshEvent(subject)
        const options = { id: freshId(), expectedLast: position }
        expect(await append(log, event, options)).toMatchObject({ position: position + 1 })
        expect(proxy.cuts).toEqual([])
        proxy.cuts.push(...cuts)
        expect(await append(log, freshEvent())).toEqual({ position: position + 2, duplicate: false })
        proxy.cuts.push(...cuts)
        expect(await append(log, freshEvent(subject), { expectedLast: asPosition(position + 1) })).toEqual({
          position: position + 3,
          duplicate: false,
        })
        proxy.cuts.push(...cuts)
        const batch = [freshEvent(), freshEvent()]
        expect(await appendBatch(log, batch)).toEqual({ position: position + 4, duplicate: false })
        await follower.reached(asPosition(position + 5))
        await follower.stop()
        expectGapless(follower.events, position)
        expect(follower.events).toHaveLength(5)
        expect(follower.events[0]).toEqual({ ...event, position: position + 1 })
      },
    )
  })
})
