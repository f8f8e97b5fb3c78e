import { randomBytes } from 'node:crypto'
import { MESSAGE_INDEX_VERSION, messageIndex } from './message-index.ts'
import { type OpenSearch, OpenSearchError, type OpenSearchOptions } from './opensearch.ts'

const TIMEOUT_MS = 40_000
const FIRST = 'first'
/** Of a step that other processes are faster with. */
const MOST_ATTEMPTS = 20

/** An index of messages. Its name says all of it but whether it is searched. */
export interface MessageIndex {
  readonly name: string
  /** Of its settings and mappings. */
  readonly version: number
  /** The position at which it was begun: what was older came from the timeline. */
  readonly at: number
  /** Does the alias that is searched lead to it? */
  readonly searched: boolean
}

/**
 * The indices of messages, `<prefix>-messages-v<version>-<at>-<suffix>`: one that is searched by the alias
 * `<prefix>-messages`, and those that are being built or whose builder has died. Each has an alias of its own to be
 * written by, so that a write that comes after its removal is refused instead of making an index out of nothing.
 */
export class MessageIndices {
  readonly #server: OpenSearch
  readonly #options: OpenSearchOptions
  readonly searchAlias: string

  constructor(server: OpenSearch, options: OpenSearchOptions) {
    this.#server = server
    this.#options = options
    this.searchAlias = `${options.prefix}-messages`
  }

  /** All that have to be written, as the cluster's manager knows them: never stale. */
  async list(): Promise<MessageIndex[]> {
    const found = await this.#request<Record<string, { aliases: object }>>(
      'GET',
      `/${this.searchAlias}-v*/_alias`,
    )
    const prefix = `${this.searchAlias}-v`
    return Object.entries(found).flatMap(([name, { aliases }]) => {
      const [, version, at] = /^(\d+)-(\d+)-\w+$/.exec(name.slice(prefix.length)) ?? []
      if (!name.startsWith(prefix) || !version) return []
      return [{ name, version: Number(version), at: Number(at), searched: this.searchAlias in aliases }]
    })
  }

  /** What a new index takes the place of: the one that is searched or, as long as none is, the first. */
  async current(): Promise<MessageIndex> {
    const all = await this.list()
    const current = all.find(({ searched }) => searched) ?? all.find(({ name }) => isFirst(name))
    if (current) return current
    await this.createFirst(false)
    return this.current()
  }

  /** The empty index of an installation. It may be there already, searched or not. */
  async createFirst(searched: boolean): Promise<void> {
    try {
      await this.#create(0, FIRST, searched)
    } catch (error) {
      if (!(error instanceof OpenSearchError) || error.type !== 'resource_already_exists_exception')
        throw error
    }
  }

  /** An index that will be what there was at a position. */
  async create(at: number): Promise<string> {
    return this.#create(at, randomBytes(4).toString('hex'), false)
  }

  /**
   * Lets an index be searched, then removes the others: what was searched, and what was begun and never ended. Each
   * step names what it takes for granted, and is refused as a whole when another process was faster; then this
   * looks again. What was begun at a later position is left alone; if that is searched already, this one is removed.
   */
  async promote(name: string, at: number): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      const all = await this.list()
      const own = all.find((index) => index.name === name)
      if (!own) return
      if (!own.searched && all.some((index) => index.searched && index.at > at)) return this.remove(name)
      const others = all.filter((index) => index.name !== name && index.at <= at)
      if (own.searched && others.length === 0) return
      // Not in one step: for the time of a removal the server does not find the alias.
      const searched = all.filter((index) => index.searched)
      const removed = searched.length === 0 || own.searched ? others : []
      const actions = [
        ...searched.map((index) => ({
          remove: { index: index.name, alias: this.searchAlias, must_exist: true },
        })),
        { add: { index: name, alias: this.searchAlias } },
        ...removed.map((index) => ({ remove_index: { index: index.name } })),
      ]
      try {
        await this.#request('POST', '/_aliases', { actions })
      } catch (error) {
        if (attempts === MOST_ATTEMPTS || !isRefused(error)) throw error
      }
    }
  }

  /** What was written so far is found from now on. */
  async refresh(name: string): Promise<void> {
    await this.#request('POST', `/${name}/_refresh`)
  }

  async remove(name: string): Promise<void> {
    try {
      await this.#request('DELETE', `/${name}`)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  async #create(at: number, suffix: string, searched: boolean): Promise<string> {
    const name = `${this.searchAlias}-v${MESSAGE_INDEX_VERSION}-${at}-${suffix}`
    const aliases = { [writeAlias(name)]: {}, ...(searched && { [this.searchAlias]: {} }) }
    await this.#request('PUT', `/${name}`, { ...messageIndex(this.#options), aliases })
    return name
  }

  #request<T>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: Record<string, unknown>,
  ): Promise<T> {
    return this.#server.request<T>({ method, path, ...(body && { body }), timeoutMs: TIMEOUT_MS })
  }
}

export const writeAlias = (name: string): string => `${name}-write`

/** As the server says that an index or an alias is not, or no longer, there. */
const isRefused = (error: unknown): boolean =>
  error instanceof OpenSearchError && (error.status === 404 || error.status === 400)

const isMissing = (error: unknown): boolean => error instanceof OpenSearchError && error.status === 404

/** Of the settings and mappings of an index, by its name. */
export const versionOf = (name: string): number => Number(/-v(\d+)-\d+-\w+$/.exec(name)?.[1])

export const isFirst = (name: string): boolean => name.endsWith(`-${FIRST}`)
