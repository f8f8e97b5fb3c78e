import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cql, openCql } from '#shared/adapters/cql/cql.ts'
import { LostCql } from '#shared/adapters/cql/lost-cql.ts'
import { CqlTimelineStore } from '#shared/adapters/timeline-store/cql-timeline-store.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { eventually } from '#test/support/eventually.ts'
import { cqlDescribe, cqlServer, freshKeyspace, openTestKeyspace } from './cql-server.ts'
import { type Cut, openCuttingProxy } from './cutting-proxy.ts'
import { create, edit, freshId, freshPlace, type Place, react, remove } from './message-events.ts'
import { timelineStoreContract } from './timeline-store.contract.ts'

cqlDescribe.run(cqlDescribe.title('CQL'), () => {
  timelineStoreContract('CQL', async () => {
    const { cql, close } = await openTestKeyspace()
    return { timeline: new CqlTimelineStore({ cql, clock: systemClock }), close }
  })

  describe('timeline store: CQL', () => {
    let opened: Awaited<ReturnType<typeof openTestKeyspace>>
    let cql: Cql
    beforeAll(async () => {
      opened = await openTestKeyspace()
      cql = opened.cql
    })
    afterAll(() => opened.close())

    const store = (through = cql, onHeadless = (_: number) => {}) =>
      new CqlTimelineStore({ cql: through, clock: systemClock, onHeadless })
    const ids = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id)

    /** Which tables are asked. */
    function counted(): { readonly cql: Cql; readonly asked: string[] } {
      const asked: string[] = []
      const rows: Cql['rows'] = (query, params) => {
        asked.push(/from ks\.(\w+)/.exec(query)?.[1] as string)
        return cql.rows(query, params)
      }
      return {
        asked,
        cql: { rows, pages: cql.pages, write: cql.write, define: cql.define, close: cql.close },
      }
    }

    test('an idle channel costs no query for the years in which it was empty, in any process', async () => {
      const channel = freshId()
      const [first, second, later] = [freshId(), freshId(), freshId()]
      await store().apply([first, second].map((message, index) => create(index + 1, { channel, message })))
      const years = String(BigInt(later) + ((3_000n * 86_400_000n) << 22n))
      const { cql: through, asked } = counted()
      const elsewhere = store(through)
      expect(ids(await elsewhere.page(channel, { before: years }, 50, '5'))).toEqual([second, first])
      // The bucket of the anchor, those that are marked, the one.
      expect(asked).toEqual(['messages', 'message_buckets', 'messages', 'message_reactions'])

      asked.length = 0
      expect(await elsewhere.page(channel, { before: first }, 50, '5')).toEqual([])
      expect(asked, 'the channel was created in this bucket').toEqual(['messages'])

      await store().apply([create(3, { channel, message: years })])
      expect(ids(await elsewhere.page(channel, { after: second }, 50, '5'))).toEqual([years])
    })

    test('a page with reactions costs no query per message', async () => {
      const channel = freshId()
      const places = Array.from({ length: 50 }, () => freshPlace(channel))
      await store().apply(places.map((place, index) => create(index + 1, place)))
      await store().apply(places.map((place, index) => react(100 + index, place, '5', '👍')))
      const { cql: through, asked } = counted()
      const page = await store(through).page(channel, { before: freshId() }, 50, '5')
      expect(page.map(({ reactions }) => reactions)).toEqual(
        places.map(() => [{ emoji: '👍', count: 1, me: true }]),
      )
      expect(asked).toEqual(['messages', 'message_reactions', 'message_reactions'])
    })

    test('rows that miss their beginning are left out and counted, deleted ones are not', async () => {
      const [headless, gone, whole] = [freshPlace('1'), freshPlace('1'), freshPlace('1')]
      const channel = freshId()
      const at = (place: Place) => ({ ...place, channel })
      let counted = 0
      const timeline = store(cql, (rows) => {
        counted += rows
      })
      await timeline.apply([edit(1, at(headless), { content: 'x' }), remove(2, at(gone))])
      await timeline.apply([create(3, at(whole))])
      expect(ids(await timeline.page(channel, { before: freshId() }, 50, '5'))).toEqual([whole.message])
      expect(counted).toBe(1)
    })

    test('what a deleted message said is gone from its row', async () => {
      const place = freshPlace()
      await store().apply([create(1, place, 'secret'), edit(2, place, { content: 'secret' })])
      await store().apply([react(3, place, '5', '👍')])
      await store().apply([remove(4, place)])
      const { channel, message } = place
      const rows = await cql.rows('select * from ks.messages where channel_id = ? and bucket = ?', [
        channel,
        0,
      ])
      expect(rows).toEqual([
        {
          channel_id: BigInt(channel),
          bucket: 0,
          message_id: BigInt(message),
          created: '',
          edits: null,
          deleted: true,
        },
      ])
      const reactions = 'select * from ks.message_reactions where channel_id = ? and bucket = ?'
      expect(await cql.rows(reactions, [channel, 0])).toEqual([])
    })

    test.for<{ cut: Cut }>([{ cut: 'answer lost' }, { cut: 'request lost' }])(
      'a write whose $cut says so, can be repeated, and the connection comes back by itself',
      async ({ cut }) => {
        const proxy = await openCuttingProxy(`tcp://${cqlServer.contactPoints[0]}`, 'cut here')
        const troubles: unknown[] = []
        const through = await openCql({
          ...cqlServer,
          contactPoints: [new URL(proxy.url).host],
          keyspace: opened.keyspace,
          onTrouble: (error) => void troubles.push(error),
        })
        const timeline = store(through)
        const place = freshPlace()
        const events = [create(1, place, 'cut here')]
        proxy.cuts.push(cut)
        proxy.closed = true
        const lost = await timeline.apply(events).catch((error) => error)
        expect(lost).toBeInstanceOf(LostCql)
        expect(lost.cause).toBeInstanceOf(Error)
        await expect(timeline.get(place.channel, place.message, '5')).rejects.toBeInstanceOf(LostCql)
        proxy.closed = false
        const repeated = () =>
          timeline.apply(events).then(
            () => true,
            () => false,
          )
        await eventually('the store is there again', repeated)
        expect(await timeline.page(place.channel, { before: freshId() }, 50, '5')).toHaveLength(1)
        expect(troubles).toHaveLength(1)
        await through.close()
        proxy.end()
      },
    )

    test('a keyspace that is not there is told', async () => {
      const keyspace = freshKeyspace()
      const through = await openCql({ ...cqlServer, keyspace })
      const asked = store(through).get('1', '1', '5')
      await expect(asked).rejects.toThrow(`keyspace ${keyspace} does not exist`)
      await expect(asked).rejects.not.toBeInstanceOf(LostCql)
      await through.close()
    })
  })
})
