import type pg from 'pg'
import type { PendingUpload, PendingUploads } from '#shared/ports/pending-uploads.ts'

interface Row {
  readonly user_id: string
  readonly channel_id: string
  readonly filename: string
  readonly size: number
  readonly content_type: string
  readonly claimed_by: string | null
}

/** Announced files in a Postgres table. */
export class PostgresPendingUploads implements PendingUploads {
  readonly #pool: pg.Pool
  readonly #seconds: number

  constructor(pool: pg.Pool, seconds: number) {
    this.#pool = pool
    this.#seconds = seconds
  }

  async add(uploads: readonly PendingUpload[]): Promise<void> {
    await this.#pool.query({
      name: 'pending-uploads-add',
      text: `with expired as (delete from pending_uploads where expires_at < now())
             insert into pending_uploads (id, user_id, channel_id, filename, size, content_type, expires_at)
             select added.*, now() + make_interval(secs => $7)
             from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::integer[], $6::text[]) as added`,
      values: [
        uploads.map(({ id }) => id),
        uploads.map(({ userId }) => userId),
        uploads.map(({ channelId }) => channelId),
        uploads.map(({ filename }) => filename),
        uploads.map(({ size }) => size),
        uploads.map(({ contentType }) => contentType),
        this.#seconds,
      ],
    })
  }

  async get(id: string): Promise<{ upload: PendingUpload; claims: readonly string[] } | undefined> {
    const { rows } = await this.#pool.query<Row>({
      name: 'pending-uploads-get',
      text: `select user_id, channel_id, filename, size, content_type, claimed_by
             from pending_uploads where id = $1 and expires_at > now()`,
      values: [id],
    })
    const [row] = rows
    if (!row) return undefined
    const { user_id: userId, channel_id: channelId, filename, size, content_type: contentType } = row
    return {
      upload: { id, userId, channelId, filename, size, contentType },
      claims: row.claimed_by === null ? [] : [row.claimed_by],
    }
  }

  async claim(id: string, by: string): Promise<boolean> {
    const { rowCount } = await this.#pool.query({
      name: 'pending-uploads-claim',
      text: `update pending_uploads set claimed_by = $2
             where id = $1 and expires_at > now() and coalesce(claimed_by, $2) = $2`,
      values: [id, by],
    })
    return rowCount === 1
  }
}
