import type pg from 'pg'

/**
 * Takes the author's turn in a channel with slow mode: one conditional upsert, exact under concurrency.
 * @returns 0 when it is his turn, else the seconds until it is
 */
export async function takeSlowModeTurn(
  pool: pg.Pool,
  slowMode: { readonly channelId: string; readonly seconds: number } | null,
  userId: string,
): Promise<number> {
  if (!slowMode) return 0
  const values = [slowMode.channelId, userId, slowMode.seconds]
  const taken = await pool.query(
    `insert into slow_mode as kept (channel_id, user_id, sent_at) values ($1, $2, now())
     on conflict (channel_id, user_id) do update set sent_at = now()
     where kept.sent_at <= now() - make_interval(secs => $3)`,
    values,
  )
  if (taken.rowCount === 1) return 0
  const { rows } = await pool.query<{ wait: number }>(
    `select extract(epoch from sent_at + make_interval(secs => $3) - now())::float8 as wait
     from slow_mode where channel_id = $1 and user_id = $2`,
    values,
  )
  return Math.max(0.001, rows[0]?.wait ?? 0.001)
}
