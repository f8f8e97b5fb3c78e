import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MessageType, type StoredMessage } from '#shared/domain/message/stored-message.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { MessageSearch, SearchHits, SearchQuery } from '#shared/ports/message-search.ts'
import {
  create,
  edit,
  freshId,
  freshPlace,
  messageAt,
  type Place,
  remove,
  removeBulk,
  renameGuild,
} from './message-events.ts'

export interface MessageSearchUnderTest {
  readonly search: MessageSearch
  /** Resolves when what was applied so far can be found. */
  caughtUp(): Promise<void>
  close(): Promise<void>
}

const SEED = 4
/** Beyond what other tests use: an index that is built anew forgets what is older. */
const EPOCH = 2 ** 42

/** What every search index promises. Each test has channels of its own. */
export function messageSearchContract(name: string, open: () => Promise<MessageSearchUnderTest>): void {
  describe(`message search: ${name}`, () => {
    let opened: MessageSearchUnderTest
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    const apply = async (...events: LogEvent[]) => {
      await opened.search.apply(events)
      await opened.caughtUp()
    }
    const find = async (
      channelIds: readonly string[],
      query: Partial<SearchQuery> = {},
    ): Promise<SearchHits> => {
      const hits = await opened.search.search({
        sortOrder: 'desc',
        limit: 25,
        offset: 0,
        ...query,
        channelIds,
      })
      if (hits === 'not_ready') throw new Error('the index is not ready')
      return hits
    }
    const ids = async (channel: string, query: Partial<SearchQuery> = {}): Promise<string[]> =>
      (await find([channel], query)).hits.map(({ messageId }) => messageId)

    test('[PRJ-5] all words must be there, whole, in any order and any case', async () => {
      const channel = freshId()
      const [one, two, three] = [freshPlace(channel), freshPlace(channel), freshPlace(channel)]
      await apply(
        create(1, one, 'The quick brown Fox; it jumps, over the lazy dogs!'),
        create(2, two, 'quick ÜBERGRÖSSE straße Привет ΑΒΓ 漢字'),
        create(3, three, ''),
      )
      const cases: [content: string, found: Place[]][] = [
        ['quick', [two, one]],
        ['QUICK fox', [one]],
        ['fox   QUICK', [one]],
        ['the', [one]],
        ['over, the: lazy', [one]],
        ['quick fox missing', []],
        ['fo', []],
        ['dog', []],
        ['übergrösse', [two]],
        ['Straße', [two]],
        ['ПРИВЕТ quick', [two]],
        ['αβγ', [two]],
        ['漢字', [two]],
      ]
      for (const [content, found] of cases) {
        expect({ content, ids: await ids(channel, { content }) }).toEqual({
          content,
          ids: found.map(({ message }) => message),
        })
      }
      expect(await ids(channel)).toEqual([three.message, two.message, one.message])
    })

    test('[VIS-7] only the channels named are searched, whatever else is asked', async () => {
      const [open1, open2, secret] = [freshPlace(), freshPlace(), freshPlace()]
      await apply(
        create(1, open1, 'pineapple', '41'),
        create(2, open2, 'pineapple'),
        create(3, secret, 'pineapple', '41'),
      )
      const channels = [open1.channel, open2.channel]
      const queries: Partial<SearchQuery>[] = [
        { content: 'pineapple' },
        {},
        { authorIds: ['41', '5'] },
        { minId: String(BigInt(open1.message) - 1n) },
        { sortOrder: 'asc' },
      ]
      for (const query of queries) {
        const { total, hits } = await find(channels, query)
        expect(total).toBe(2)
        expect(new Set(hits.map(({ channelId }) => channelId))).toEqual(new Set(channels))
      }
      expect(await find([], { content: 'pineapple' })).toEqual({ total: 0, hits: [] })
      expect(await find([freshId()], {})).toEqual({ total: 0, hits: [] })
      expect((await find([secret.channel], { content: 'pineapple' })).hits).toEqual([
        { channelId: secret.channel, messageId: secret.message },
      ])
    })

    test('authors and ids narrow the search; ids are bounds that are not included themselves', async () => {
      const channel = freshId()
      const places = Array.from({ length: 6 }, () => freshPlace(channel))
      const message = places.map((place) => place.message)
      await apply(
        ...places.map((place, index) => create(index + 1, place, 'same words', String(100 + (index % 3)))),
      )
      const at = (...indices: number[]) => indices.map((index) => message[index])
      expect(await ids(channel, { authorIds: ['100'] })).toEqual(at(3, 0))
      expect(await ids(channel, { authorIds: ['100', '102'] })).toEqual(at(5, 3, 2, 0))
      expect(await ids(channel, { authorIds: ['10'] })).toEqual([])
      expect(await ids(channel, { minId: message[2] as string })).toEqual(at(5, 4, 3))
      expect(await ids(channel, { maxId: message[2] as string })).toEqual(at(1, 0))
      const query = {
        content: 'words',
        authorIds: ['101', '102'],
        minId: message[0] as string,
        maxId: message[5] as string,
      }
      expect(await ids(channel, { ...query, sortOrder: 'asc' })).toEqual(at(1, 2, 4))
    })

    test('ids are ordered and bounded to their last digit, whatever their length', async () => {
      const channel = freshId()
      const message = ['7', '10', '9007199254740992', '9007199254740993', '9223372036854775806']
      await apply(...message.map((id, index) => create(index + 1, { channel, message: id }, 'far')))
      expect(await ids(channel, { sortOrder: 'asc' })).toEqual(message)
      expect(await ids(channel)).toEqual([...message].reverse())
      expect(await ids(channel, { minId: '9007199254740992' })).toEqual([message[4], message[3]])
      expect(await ids(channel, { maxId: '9007199254740993' })).toEqual([message[2], message[1], message[0]])
      expect(await ids(channel, { minId: '9223372036854775805' })).toEqual([message[4]])
      expect(await ids(channel, { minId: '9', maxId: '9223372036854775807' })).toHaveLength(4)
    })

    test('hits are paged newest or oldest first, and the total is that of all pages, beyond the end too', async () => {
      const channel = freshId()
      const places = Array.from({ length: 60 }, () => freshPlace(channel))
      await apply(...places.map((place, index) => create(index + 1, place, index % 2 === 0 ? 'even' : 'odd')))
      for (const sortOrder of ['asc', 'desc'] as const) {
        const even = places.filter((_, index) => index % 2 === 0).map((place) => place.message)
        if (sortOrder === 'desc') even.reverse()
        for (const offset of [0, 7, 25, 29, 30, 31, 9_975]) {
          const { total, hits } = await find([channel], { content: 'even', sortOrder, offset, limit: 25 })
          expect({ offset, total }).toEqual({ offset, total: 30 })
          expect(hits.map(({ messageId }) => messageId)).toEqual(even.slice(offset, offset + 25))
        }
        expect(await ids(channel, { content: 'even', sortOrder, limit: 1, offset: 3 })).toEqual([even[3]])
      }
      expect(await find([channel], { content: 'neither', offset: 5 })).toEqual({ total: 0, hits: [] })
    })

    test('[PRJ-5] an edit is found by its new words and no longer by the old', async () => {
      const place = freshPlace()
      await apply(create(1, place, 'strawberry jam'))
      await apply(edit(2, place, { content: 'raspberry jam' }))
      expect(await ids(place.channel, { content: 'strawberry' })).toEqual([])
      expect(await ids(place.channel, { content: 'raspberry jam', authorIds: ['5'] })).toEqual([
        place.message,
      ])
      await apply(edit(3, place, { embeds: [], flags: 4 }), edit(4, place, { content: '' }))
      expect(await ids(place.channel, { content: 'raspberry' })).toEqual([])
      expect(await ids(place.channel)).toEqual([place.message])
    })

    test('[PRJ-5] the edit with the largest position counts, whatever order they come in', async () => {
      const place = freshPlace()
      await apply(
        edit(3, place, { content: 'third' }),
        create(1, place, 'first'),
        edit(2, place, { content: 'second' }),
      )
      expect(await ids(place.channel, { content: 'third', authorIds: ['5'] })).toEqual([place.message])
      for (const content of ['first', 'second']) expect(await ids(place.channel, { content })).toEqual([])
    })

    test('[PRJ-5] [PRJ-2] a deleted message is not found, and nothing that comes late or again brings it back', async () => {
      const channel = freshId()
      const [alone, bulk, kept] = [freshPlace(channel), freshPlace(channel), freshPlace(channel)]
      const late = [alone, bulk].flatMap((place) => [
        create(1, place, 'gone'),
        edit(9, place, { content: 'gone' }),
      ])
      await apply(
        removeBulk(5, channel, [bulk.message, bulk.message]),
        remove(6, alone),
        ...late,
        create(2, kept, 'gone'),
      )
      expect(await find([channel])).toEqual({
        total: 1,
        hits: [{ channelId: channel, messageId: kept.message }],
      })
      expect(await ids(channel, { content: 'gone' })).toEqual([kept.message])
      await apply(
        removeBulk(7, channel, [kept.message, alone.message]),
        ...late,
        create(2, kept, 'gone'),
        removeBulk(8, channel, []),
      )
      expect(await find([channel])).toEqual({ total: 0, hits: [] })
    })

    test('bulk deletions of the same messages at once, in different orders, do not block each other', async () => {
      const channel = freshId()
      const all = Array.from({ length: 100 }, () => freshId())
      const orders = [all, [...all].reverse(), [...all.slice(50), ...all.slice(0, 50)]]
      await Promise.all(
        [...orders, ...orders].map((order) => opened.search.apply([removeBulk(1, channel, order)])),
      )
      await apply(...all.map((message) => create(2, { channel, message })))
      expect(await find([channel])).toEqual({ total: 0, hits: [] })
    })

    test(`any order and any repetition of events gives the same index (seed ${SEED})`, async () => {
      const steps = fc.record({
        kind: fc.constantFrom('create', 'edit', 'edit', 'edit', 'remove' as const),
        message: fc.integer({ min: 0, max: 2 }),
      })
      const scripts = fc.array(steps, { minLength: 1, maxLength: 10 }).chain((all) => {
        const twice = [...all.keys(), ...all.keys()]
        return fc.record({
          all: fc.constant(all),
          order: fc.shuffledSubarray(twice, { minLength: twice.length, maxLength: twice.length }),
        })
      })
      await fc.assert(
        fc.asyncProperty(scripts, async ({ all, order }) => {
          const places = [freshPlace(), freshPlace(), freshPlace()]
          const events = all.map(({ kind, message }, index) => {
            const place = places[message] as Place
            if (kind === 'create') return create(index + 1, place, `word${index}`)
            if (kind === 'edit') return edit(index + 1, place, { content: `word${index}` })
            return remove(index + 1, place)
          })
          await apply(...order.map((index) => events[index] as LogEvent))
          for (const [index, place] of places.entries()) {
            const own = [...all.entries()].filter(([, { message }]) => message === index)
            const last = own.at(-1)?.[0]
            const there = own.length > 0 && own.every(([, { kind }]) => kind !== 'remove')
            expect(await ids(place.channel)).toEqual(there ? [place.message] : [])
            for (const [at] of own) {
              const found = there && at === last ? [place.message] : []
              expect(await ids(place.channel, { content: `word${at}` })).toEqual(found)
            }
          }
        }),
        { numRuns: 25, seed: SEED },
      )
    })

    const shows = (position: number, place: Place, more: Partial<StoredMessage>) =>
      create(position, place, 'shown', '5', more)

    test('of facts each list must be met by one, and none of the unwanted be there; counts follow', async () => {
      const channel = freshId()
      const [plain, link, image, both, reply] = Array.from({ length: 5 }, () => freshPlace(channel)) as [
        Place,
        Place,
        Place,
        Place,
        Place,
      ]
      const attachments = [{ id: '1', filename: 'Cat.PNG', size: 1, content_type: 'image/png' }]
      const content = 'https://www.example.com/'
      await apply(
        shows(1, plain, {}),
        shows(2, link, { content, mention_everyone: true }),
        shows(3, image, { attachments, mention_roles: ['8'] }),
        shows(4, both, { content, attachments }),
        shows(5, reply, {
          type: MessageType.REPLY,
          author: { id: '6', bot: true } as StoredMessage['author'],
          mentions: [{ id: '9' }] as unknown as StoredMessage['mentions'],
          message_reference: { type: 0, message_id: plain.message, channel_id: channel },
          referenced_message: { author: { id: '5' } },
        }),
      )
      const cases: [asked: Partial<SearchQuery>, found: Place[]][] = [
        [{ facts: [['has:link']] }, [both, link]],
        [{ facts: [['has:link', 'has:image']] }, [both, image, link]],
        [{ facts: [['has:link'], ['has:image']] }, [both]],
        [{ facts: [['has:poll']] }, []],
        [{ withoutFacts: ['has:poll'] }, [reply, both, image, link, plain]],
        [{ withoutFacts: ['has:link', 'has:image'] }, [reply, plain]],
        [{ facts: [['has:file']], withoutFacts: ['has:link'] }, [image]],
        [{ facts: [['link_hostname:example.com']] }, [both, link]],
        [{ facts: [['link_hostname:example']] }, []],
        [{ facts: [['attachment_filename:cat.png'], ['attachment_extension:png']] }, [both, image]],
        [{ facts: [['mention_everyone:true']] }, [link]],
        [{ facts: [['mentions_role_id:8']] }, [image]],
        [{ facts: [['mentions:9']] }, [reply]],
        [{ facts: [['author_type:bot']] }, [reply]],
        [{ facts: [['author_type:user']], content: 'shown' }, [image, plain]],
        [{ facts: [['replied_to_user_id:5']] }, [reply]],
        [{ facts: [[`replied_to_message_id:${plain.message}`]] }, [reply]],
        [{ facts: [['replied_to_user_id:6']] }, []],
        [{ messageIds: [plain.message, both.message, freshId()] }, [both, plain]],
        [{ messageIds: [] }, []],
        [{ withoutMessageIds: [plain.message, both.message] }, [reply, image, link]],
        [{ withoutMessageIds: [], authorIds: ['6'] }, [reply]],
      ]
      for (const [asked, found] of cases) {
        const expected = { total: found.length, ids: found.map(({ message }) => message) }
        const { total, hits } = await find([channel], asked)
        expect([asked, { total, ids: hits.map(({ messageId }) => messageId) }]).toEqual([asked, expected])
      }
    })

    test('[VIS-7] facts and ids find nothing in other channels', async () => {
      const [own, secret] = [freshPlace(), freshPlace()]
      const content = 'example https://example.com'
      await apply(shows(1, own, { content }), shows(2, secret, { content }))
      const all: Partial<SearchQuery>[] = [
        { facts: [['has:link']] },
        { withoutFacts: ['has:poll'] },
        { messageIds: [own.message, secret.message] },
        { withoutMessageIds: [own.message] },
        { content: 'example', slop: 5, byRelevance: true },
      ]
      for (const asked of all) {
        const { total, hits } = await find([own.channel], asked)
        expect(hits.map(({ messageId }) => messageId)).toEqual(asked.withoutMessageIds ? [] : [own.message])
        expect(total).toBe(hits.length)
      }
    })

    test('[PRJ-5] facts are those after the last edit, whatever it changed', async () => {
      const place = freshPlace()
      const reply = {
        type: MessageType.REPLY,
        message_reference: { type: 0, message_id: '1', channel_id: place.channel },
        referenced_message: { author: { id: '9' } },
      }
      const embeds = [{ type: 'rich', title: 'Tea' }]
      await apply(shows(1, place, { ...reply, embeds }))
      expect(await ids(place.channel, { facts: [['has:embed']] })).toEqual([place.message])
      await apply(edit(3, place, { ...reply, content: 'https://example.com' }), edit(2, place, { embeds }))
      expect(await ids(place.channel, { facts: [['has:embed']] })).toEqual([])
      expect(await ids(place.channel, { facts: [['has:link'], ['replied_to_user_id:9']] })).toEqual([
        place.message,
      ])
      await apply(remove(4, place))
      expect(await find([place.channel], { withoutFacts: ['has:poll'] })).toEqual({ total: 0, hits: [] })
    })

    test('with slop words stand together, in any order, but for so many others', async () => {
      const channel = freshId()
      const places = ['one two three four five six', 'six one', 'one x y six z one six'].map(
        (content) => [freshPlace(channel), content] as const,
      )
      await apply(...places.map(([place, content], index) => create(index + 1, place, content)))
      const cases: [content: string, slop: number | undefined, found: number[]][] = [
        ['one six', undefined, [2, 1, 0]],
        ['one six', 0, [2, 1]],
        ['one six', 3, [2, 1]],
        ['one six', 4, [2, 1, 0]],
        ['six TWO', 2, []],
        ['six TWO', 3, [0]],
        ['one two three', 0, [0]],
        ['six one four', 2, []],
        ['six one four', 3, [0]],
        ['one one', 0, [2, 1, 0]],
        ['seven', 100, []],
      ]
      for (const [content, slop, found] of cases) {
        const asked = { content, ...(slop !== undefined && { slop }) }
        expect([asked, await ids(channel, asked)]).toEqual([
          asked,
          found.map((at) => places[at]?.[0].message),
        ])
      }
    })

    test('by relevance those come first that say it most often for their length, then the newest', async () => {
      const channel = freshId()
      const texts = ['tea tea tea', 'tea and more and more of other things', 'tea with milk', 'tea with milk']
      const places = texts.map(() => freshPlace(channel))
      await apply(...places.map((place, index) => create(index + 1, place, texts[index])))
      const at = (...indices: number[]) => indices.map((index) => places[index]?.message)
      expect(await ids(channel, { content: 'tea', byRelevance: true })).toEqual(at(0, 3, 2, 1))
      expect(await ids(channel, { content: 'tea', byRelevance: true, offset: 1, limit: 2 })).toEqual(at(3, 2))
      expect(await ids(channel, { byRelevance: true })).toEqual(at(3, 2, 1, 0))
    })

    test('its size is that of all messages that can be found in channels', async () => {
      const [one, two] = [freshPlace(), freshPlace()]
      const channels = [one, two].map(({ channel }) => channel)
      await apply(create(1, one), create(2, two), create(3, two), create(4, freshPlace()))
      expect(await opened.search.size(channels)).toBe(2)
      expect(await opened.search.size([one.channel])).toBe(1)
      await apply(remove(5, one))
      expect(await opened.search.size(channels)).toBe(1)
    })

    const hostile = [
      '',
      ' ',
      "' OR 1=1 --",
      '"',
      '\\',
      "\\'; drop table search_documents; --",
      'a & | ! ( ) <-> :* <2> !!',
      '((((',
      ':*',
      '* ? ~ ^ AND OR NOT [a TO z] {x} /r/ +a -b field:value',
      '%_$1',
      '\u0000',
      'ana\u0000nas',
      '\ud800',
      '🎉 👨‍👩‍👧 \u202e',
      'x'.repeat(1_024),
      'x'.repeat(10_000),
      'é '.repeat(50_000),
      'ﷺ'.repeat(4_000),
      Array.from({ length: 20_000 }, (_, index) => `w${index}`).join(' '),
      '<b>https://example.com/a?b=c&d#e</b> a@b.c 1e999 -1.5 2026-01-02 a-b_c/d',
    ]
    test('no query throws, and none finds what is in other channels', async () => {
      const [own, secret] = [freshPlace(), freshPlace()]
      await apply(create(1, own, 'ananas'), create(2, secret, 'ananas'))
      for (const content of hostile) {
        const facts = [[content], [`has:${content}`]]
        for (const asked of [{ content }, { content, slop: 3, byRelevance: true }, { facts }]) {
          const { total, hits } = await find([own.channel], asked)
          expect(hits.length).toBe(total)
          for (const hit of hits) expect(hit).toEqual({ channelId: own.channel, messageId: own.message })
        }
      }
      expect(await ids(own.channel, { content: 'ananas' })).toEqual([own.message])
    })

    test('no content throws, and what stands beside the strange is found', async () => {
      const channel = freshId()
      const places = hostile.map(() => freshPlace(channel))
      await apply(
        ...places.map((place, index) => create(2 * index + 1, place, `${hostile[index]} ananas`)),
        ...places.map((place, index) => edit(2 * index + 2, place, { content: `${hostile[index]} banana` })),
      )
      expect((await find([channel], { content: 'banana' })).total).toBe(hostile.length)
      expect((await find([channel], { content: 'ananas' })).total).toBe(0)
    })

    test('events that are no messages are ignored', async () => {
      await apply(renameGuild(1))
      await apply()
    })

    const stored = (place: Place, content: string) =>
      messageAt(place, content, '7') as unknown as StoredMessage

    test('[PRJ-5] an index that is built anew has what there was at a position, and what came after it', async () => {
      const channel = freshId()
      const [kept, changed, deleted, later, missed] = Array.from({ length: 5 }, () =>
        freshPlace(channel),
      ) as [Place, Place, Place, Place, Place]
      const at = EPOCH + 100
      await apply(create(1, kept, 'kept'), create(2, changed, 'before'), create(3, deleted, 'deleted'))
      await apply(create(at + 1, later, 'later'), edit(at + 2, kept, { content: 'kept, then changed' }))
      async function* messages() {
        yield [stored(kept, 'kept'), stored(changed, 'after')]
        yield [stored(missed, 'missed')]
      }
      await opened.search.rebuild(messages(), asPosition(at))
      await opened.caughtUp()
      expect(await ids(channel)).toEqual(
        [kept, changed, later, missed].map(({ message }) => message).reverse(),
      )
      expect(await ids(channel, { content: 'after' })).toEqual([changed.message])
      expect(await ids(channel, { content: 'then changed' })).toEqual([kept.message])
      expect(await ids(channel, { content: 'before' })).toEqual([])
    })

    test('[PRJ-2] what was deleted before an index was built anew, or meanwhile, stays away', async () => {
      const channel = freshId()
      const [early, meanwhile, kept] = [freshPlace(channel), freshPlace(channel), freshPlace(channel)]
      const at = EPOCH + 1_000
      await apply(create(1, early, 'gone'), create(2, meanwhile, 'gone'), remove(3, early))
      async function* messages() {
        yield [stored(meanwhile, 'gone')]
        await opened.search.apply([remove(at + 1, meanwhile), create(at + 2, kept, 'kept')])
        yield [stored(kept, 'gone'), stored(meanwhile, 'gone')]
      }
      await opened.search.rebuild(messages(), asPosition(at))
      await apply(
        create(1, early, 'gone'),
        edit(at + 9, early, { content: 'gone' }),
        edit(at + 9, meanwhile, { content: 'gone' }),
      )
      expect(await ids(channel)).toEqual([kept.message])
      expect(await ids(channel, { content: 'gone' })).toEqual([])
    })

    test('an index that is built anew by several at once has what it would have by one', async () => {
      const channel = freshId()
      const [kept, later, deleted] = [freshPlace(channel), freshPlace(channel), freshPlace(channel)]
      const at = EPOCH + 2_000
      await apply(create(1, kept, 'kept'), create(2, deleted, 'deleted'), create(at + 50, later, 'later'))
      async function* messages() {
        yield [stored(kept, 'kept')]
        yield []
      }
      await Promise.all(
        [0, 3, 3, 1].map((behind) => opened.search.rebuild(messages(), asPosition(at - behind))),
      )
      await opened.caughtUp()
      expect(await ids(channel)).toEqual([later.message, kept.message])
    })

    test('a rebuild that breaks off has hidden nothing, and can be done again', async () => {
      const channel = freshId()
      const [kept, later] = [freshPlace(channel), freshPlace(channel)]
      const at = EPOCH + 3_000
      await apply(create(1, kept, 'kept'), create(at + 1, later, 'later'))
      async function* broken() {
        yield []
        throw new Error('the timeline is away')
      }
      await expect(opened.search.rebuild(broken(), asPosition(at))).rejects.toThrow('the timeline is away')
      expect(await ids(channel)).toEqual([later.message, kept.message])
      async function* messages() {
        yield [stored(kept, 'kept')]
      }
      await opened.search.rebuild(messages(), asPosition(at))
      await opened.caughtUp()
      expect(await ids(channel)).toEqual([later.message, kept.message])
    })
  })
}
