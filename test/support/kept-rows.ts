import { expect } from 'vitest'
import { query } from './embedded-database.ts'

/** Runs something that must leave no trace in any table of a running server. */
export async function withoutEffect(dataDir: string, happens: () => Promise<void>): Promise<void> {
  // What came before is in the projections once they are at the end.
  await settled(dataDir)
  const before = await checksums(dataDir)
  await happens()
  await settled(dataDir)
  expect(await checksums(dataDir)).toEqual(before)
}

const settled = (dataDir: string) =>
  expect
    .poll(
      () =>
        query(
          dataDir,
          `select name from projections, event_log_state where name <> 'log' and position < last_position`,
        ),
      { timeout: 10_000 },
    )
    .toEqual([])

/** Of every table, but for those that move by themselves. */
async function checksums(dataDir: string): Promise<Record<string, string>> {
  const tables = (await query(
    dataDir,
    `select table_name as name from information_schema.tables where table_schema = 'public'
     and table_name not in ('projections', 'session_records', 'create_attempts', 'slow_mode',
       'profile_changes') order by 1`,
  )) as { name: string }[]
  const sums = (await query(
    dataDir,
    tables
      .map(
        ({ name }) =>
          `select '${name}' as name, count(*) || ' ' || coalesce(md5(string_agg(t::text, '' order by t::text)), '') as sum
           from ${name} as t`,
      )
      .join(' union all '),
  )) as { name: string; sum: string }[]
  return Object.fromEntries(sums.map(({ name, sum }) => [name, sum]))
}
