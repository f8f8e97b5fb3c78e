import type pg from 'pg'

/** The last message of each channel, as far as the projection is: ids that only grow. */
export async function readHeads(pool: pg.Pool, channelIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ channel_id: string; last_message_id: string }>({
    name: 'channel-heads',
    text: 'select channel_id, last_message_id from channel_heads where channel_id = any($1::bigint[])',
    values: [channelIds],
  })
  return new Map(rows.map((row) => [row.channel_id, row.last_message_id]))
}

export async function raiseHeads(pool: pg.Pool, heads: ReadonlyMap<string, string>): Promise<void> {
  if (heads.size === 0) return
  await pool.query({
    name: 'channel-heads-raise',
    text: `insert into channel_heads (channel_id, last_message_id) select * from unnest($1::bigint[], $2::bigint[])
           on conflict (channel_id) do update
           set last_message_id = greatest(channel_heads.last_message_id, excluded.last_message_id)`,
    values: [[...heads.keys()], [...heads.values()]],
  })
}
