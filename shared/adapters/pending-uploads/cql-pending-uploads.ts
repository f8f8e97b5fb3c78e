import type { PendingUpload, PendingUploads } from '#shared/ports/pending-uploads.ts'
import type { Cql } from '../cql/cql.ts'

const ADD = `insert into ks.pending_uploads (id, user_id, channel_id, filename, size, content_type)
  values (?, ?, ?, ?, ?, ?) using ttl ?`
const GET = `select user_id, channel_id, filename, size, content_type, claims
  from ks.pending_uploads where id = ?`
const CLAIM = 'update ks.pending_uploads using ttl ? set claims = claims + ? where id = ?'

interface Row {
  readonly user_id: bigint
  readonly channel_id: bigint
  /** null: only a claim is left, which came later. */
  readonly filename: string | null
  readonly size: number
  readonly content_type: string
  readonly claims: readonly string[] | null
}

/** Announced files in Cassandra or ScyllaDB, which forgets them by itself. Nothing is ever overwritten or deleted. */
export class CqlPendingUploads implements PendingUploads {
  readonly #cql: Cql
  readonly #seconds: number

  constructor(cql: Cql, seconds: number) {
    this.#cql = cql
    this.#seconds = seconds
  }

  async add(uploads: readonly PendingUpload[]): Promise<void> {
    await Promise.all(
      uploads.map(({ id, userId, channelId, filename, size, contentType }) =>
        this.#cql.write([
          { query: ADD, params: [id, userId, channelId, filename, size, contentType, this.#seconds] },
        ]),
      ),
    )
  }

  async get(id: string): Promise<{ upload: PendingUpload; claims: readonly string[] } | undefined> {
    const [row] = await this.#cql.rows<Row>(GET, [id])
    if (!row || row.filename === null) return undefined
    const { user_id, channel_id, filename, size, content_type: contentType } = row
    return {
      upload: { id, userId: String(user_id), channelId: String(channel_id), filename, size, contentType },
      claims: row.claims ?? [],
    }
  }

  /** Quorums overlap: of two that write before they read, one at the least sees the other. */
  async claim(id: string, by: string): Promise<boolean> {
    await this.#cql.write([{ query: CLAIM, params: [this.#seconds, [by], id] }])
    const found = await this.get(id)
    return found?.claims.every((claim) => claim === by) ?? false
  }
}
