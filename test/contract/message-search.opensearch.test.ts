import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MESSAGE_INDEX_VERSION } from '#db/opensearch/message-index.ts'
import { migrateOpenSearch } from '#db/opensearch/migrate-opensearch.ts'
import type { OpenSearchOptions } from '#db/opensearch/opensearch.ts'
import { OpenSearchMessageSearch } from '#shared/adapters/message-search/opensearch-message-search.ts'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import { type Clock, systemClock } from '#shared/kernel/clock.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import type { SearchQuery } from '#shared/ports/message-search.ts'
import { create, freshId, freshPlace, messageAt, type Place, remove, removeBulk } from './message-events.ts'
import { messageSearchContract } from './message-search.contract.ts'
import { freshOptions, openSearchDescribe, openTestIndices } from './opensearch-server.ts'

const any = (channel: string): SearchQuery => ({
  channelIds: [channel],
  sortOrder: 'asc',
  limit: 25,
  offset: 0,
})
const stored = (place: Place) => messageAt(place, 'stored', '7') as unknown as StoredMessage

function openSearch(options: OpenSearchOptions, clock: Clock = systemClock): OpenSearchMessageSearch {
  const search = new OpenSearchMessageSearch(options, clock)
  onTestFinished(() => search.close())
  return search
}

openSearchDescribe.run(openSearchDescribe.title('OpenSearch'), () => {
  messageSearchContract('OpenSearch', async () => {
    const options = freshOptions()
    await migrateOpenSearch(options, systemClock)
    const search = new OpenSearchMessageSearch(options, systemClock)
    const { refresh, close } = openTestIndices(options)
    return {
      search,
      caughtUp: refresh,
      async close() {
        await search.close()
        await close()
      },
    }
  })

  function open() {
    const options = freshOptions()
    const looking = openTestIndices(options)
    onTestFinished(() => looking.close())
    return { ...looking, options, search: openSearch(options) }
  }
  const ids = async (search: OpenSearchMessageSearch, channel: string, query: Partial<SearchQuery> = {}) => {
    const found = await search.search({ ...any(channel), ...query })
    return found === 'not_ready' ? found : found.hits.map(({ messageId }) => messageId)
  }

  test('migrating is done once, by several at once and again', async () => {
    const { options, indices, search } = open()
    let firsts = 0
    const migrate = () => migrateOpenSearch(options, systemClock, async () => firsts++ < 0)
    const outcomes = await Promise.all([migrate(), migrate(), migrate()])
    expect(outcomes).toContain('made')
    expect(firsts).toBeGreaterThan(0)
    firsts = 0
    expect(await migrate()).toBe('up to date')
    expect(firsts).toBe(0)
    expect(await indices.list()).toMatchObject([{ version: MESSAGE_INDEX_VERSION, at: 0, searched: true }])
    expect(await ids(search, freshId())).toEqual([])
  })

  test('an index of another version works until it is built anew', async () => {
    const { options, indices, server, search, refresh } = open()
    const name = `${options.prefix}-messages-v0-0-first`
    await server.request({
      method: 'PUT',
      path: `/${name}`,
      body: {
        mappings: { dynamic: false, properties: { id: { type: 'long' }, channel_id: { type: 'keyword' } } },
        aliases: { [`${name}-write`]: {}, [indices.searchAlias]: {} },
      },
      timeoutMs: 30_000,
    })
    expect(await migrateOpenSearch(options, systemClock)).toBe('outdated')
    const place = freshPlace()
    await search.apply([create(1, place)])
    await refresh()
    expect(await ids(search, place.channel)).toEqual([place.message])
    const beyondIt = { content: 'stored', slop: 1, facts: [['author_type:user']] }
    expect(await ids(search, place.channel, { facts: [['author_type:user']] })).toBe('not_ready')
    expect(await ids(search, place.channel, { content: 'hello', slop: 1 })).toBe('not_ready')
    await search.rebuild(pages([stored(place)]), asPosition(1))
    expect(await ids(search, place.channel, beyondIt)).toEqual([place.message])
    expect(await ids(search, place.channel, { content: 'stored' })).toEqual([place.message])
    expect(await migrateOpenSearch(options, systemClock)).toBe('up to date')
    expect(await indices.list()).toMatchObject([{ version: MESSAGE_INDEX_VERSION, at: 1, searched: true }])
  })

  test('without an index nothing is taken and nothing found, until the first one is built', async () => {
    const { options, indices, search } = open()
    const [old, later] = [freshPlace('1'), freshPlace('1')]
    expect(await ids(search, '1')).toBe('not_ready')
    await expect(search.apply([create(1, old)])).rejects.toThrow('there is no index')
    async function* messages() {
      expect(await migrateOpenSearch(options, systemClock)).toBe('building')
      await search.apply([create(6, later)])
      expect(await ids(search, '1')).toBe('not_ready')
      yield [stored(old)]
    }
    await search.rebuild(messages(), asPosition(5))
    expect(await ids(search, '1')).toEqual([old.message, later.message])
    expect(await indices.list()).toMatchObject([{ at: 5, searched: true }])
  })

  test('what another process writes while an index is built is in it, and what a dead one began is removed', async () => {
    const { options, indices, search, refresh } = open()
    await migrateOpenSearch(options, systemClock)
    const elsewhere = openSearch(options)
    const [kept, deleted, later] = [freshPlace('1'), freshPlace('1'), freshPlace('1')]
    await elsewhere.apply([create(1, kept), create(2, deleted)])
    await indices.create(4)
    async function* messages() {
      yield [stored(kept)]
      await elsewhere.apply([remove(6, deleted), create(7, later)])
      yield [stored(deleted)]
    }
    await search.rebuild(messages(), asPosition(5))
    await elsewhere.apply([removeBulk(8, '1', [kept.message])])
    await refresh()
    expect(await ids(search, '1')).toEqual([later.message])
    expect(await indices.list()).toMatchObject([{ at: 5, searched: true }])
  })

  test('there is an index to search at every moment of its being built anew, once or by several at once', async () => {
    const { options, indices, search } = open()
    await migrateOpenSearch(options, systemClock)
    const place = freshPlace()
    await search.apply([create(1, place)])
    await search.rebuild(pages([stored(place)]), asPosition(1))
    let done = false
    const searching = (async () => {
      const found = new Map<string, number>()
      while (!done) {
        const hits = String(await ids(search, place.channel))
        found.set(hits, (found.get(hits) ?? 0) + 1)
      }
      return [...found.keys()]
    })()
    for (let round = 2; round <= 4; round++) {
      const rebuild = () => openSearch(options).rebuild(pages([stored(place)]), asPosition(round))
      await Promise.all([rebuild(), rebuild(), rebuild()])
    }
    done = true
    expect(await searching).toEqual([place.message])
    expect(await indices.list()).toMatchObject([{ at: 4, searched: true }])
  })

  test('words are found without accents, in any script, where another letter is another word', async () => {
    const { options, search, refresh } = open()
    await migrateOpenSearch(options, systemClock)
    const texts = [
      'Crème brûlée, ＦＵＬＬ ｗｉｄｔｈ',
      '東京都に行きたい',
      '한국어를 공부해요',
      'ไปกินข้าวกัน',
      'ガラス мой 🎉',
    ]
    const places = texts.map(() => freshPlace('1'))
    await search.apply(places.map((place, index) => create(index + 1, place, texts[index])))
    await refresh()
    const cases: [content: string, found: number[]][] = [
      ['creme BRÛLÉE', [0]],
      ['cre', []],
      ['full width', [0]],
      ['東京', [1]],
      ['京都', [1]],
      ['東', [1]],
      ['京東', []],
      ['한국어', [2]],
      ['공부', [2]],
      ['ข้าว', [3]],
      ['ขาว', []],
      ['ｶﾞﾗｽ', [4]],
      ['カラス', []],
      ['мои', []],
      ['🎉', [4]],
      ['東京 ガラス', []],
    ]
    for (const [content, found] of cases) {
      const expected = found.map((index) => places[index]?.message)
      expect({ content, ids: await ids(search, '1', { content }) }).toEqual({ content, ids: expected })
    }
  })
})

describe('an OpenSearch that does not do what it should', () => {
  type Answer = (body: string, response: ServerResponse) => void

  /** One index is there; what is written is answered by the test. */
  async function against(answer: Answer, clock?: Clock) {
    const index = 'stub-messages-v1-0-first'
    const asked: string[] = []
    const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
      const body = await text(request)
      response.setHeader('content-type', 'application/json')
      if (request.url?.endsWith('/_alias')) return response.end(JSON.stringify({ [index]: { aliases: {} } }))
      asked.push(body)
      return answer(body, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { search: openSearch({ url, prefix: 'stub', shards: 1, replicas: 0 }, clock), asked }
  }
  const items = (...statuses: number[]) =>
    JSON.stringify({
      errors: true,
      items: statuses.map((status) => ({
        index: {
          status,
          ...(status > 299 && {
            error: { type: status === 409 ? 'version_conflict_engine_exception' : 'x' },
          }),
        },
      })),
    })

  test('what a busy server refuses is written again as it was, and nothing else', async () => {
    const answers = [
      (response: ServerResponse) => response.writeHead(429).end('{}'),
      (response: ServerResponse) => response.end(items(201, 429, 409, 429)),
      (response: ServerResponse) => response.end(items(429, 201)),
      (response: ServerResponse) => response.end(items(201)),
    ]
    const { search, asked } = await against((_, response) => answers.shift()?.(response))
    await search.apply([1, 2, 3, 4].map((position) => create(position, freshPlace())))
    const [all, , second, last] = asked.map((body) => body.split('\n').slice(0, -1))
    expect(asked[1]).toBe(asked[0])
    expect(second).toEqual([...(all?.slice(2, 4) ?? []), ...(all?.slice(6) ?? [])])
    expect(last).toEqual(all?.slice(2, 4))
  })

  test('requests are bounded, and one at a time', async () => {
    let open = 0
    const sizes: number[] = []
    const { search } = await against(async (body, response) => {
      expect(++open).toBe(1)
      sizes.push(Buffer.byteLength(body))
      await systemClock.sleep(5)
      open--
      response.end('{"errors":false}')
    })
    const events = Array.from({ length: 1_000 }, (_, index) =>
      create(index, freshPlace(), '漢'.repeat(2_000)),
    )
    await Promise.all([search.apply(events.slice(0, 900)), search.apply(events.slice(900))])
    expect(sizes.length).toBe(3)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1_024 * 1_024)
  })

  test('what it does not take for another reason, or no answer, is an error without the content', async () => {
    const { search } = await against((_, response) => response.end(items(400)))
    const refused = await search.apply([create(1, freshPlace(), 'secret')]).catch((error: unknown) => error)
    expect(refused).toMatchObject({ status: 400, message: expect.stringContaining('did not take') })
    const cut = await against((_, response) => response.socket?.destroy())
    const lost = await cut.search.apply([create(1, freshPlace(), 'secret')]).catch((error: unknown) => error)
    expect(lost).toMatchObject({ status: undefined, isPassing: true })
    for (const error of [refused, lost]) expect(JSON.stringify(error)).not.toContain('secret')
  })

  test('a search that is not answered to its end is not ready', async () => {
    for (const status of [429, 503, 404]) {
      const { search } = await against((_, response) => response.writeHead(status).end('{}'))
      expect(await search.search(any('1'))).toBe('not_ready')
    }
    const away = openSearch({ url: 'http://127.0.0.1:9', prefix: 'away', shards: 1, replicas: 0 })
    expect(await away.search(any('1'))).toBe('not_ready')
    expect(await away.size(['1'])).toBe(0)
    const hasty: Clock = { ...systemClock, after: (ms, callback) => systemClock.after(ms / 50, callback) }
    const frozen = await against((_, response) => response.write('{"hits":'), hasty)
    expect(await frozen.search.search(any('1'))).toBe('not_ready')
    const wrong = await against((_, response) => response.writeHead(400).end('{}'))
    await expect(wrong.search.search(any('1'))).rejects.toThrow('Response Error')
  })
})

async function* pages(...all: StoredMessage[][]) {
  yield* all
}
