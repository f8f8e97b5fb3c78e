import { readFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'

/** What the lock file of a data folder's Postgres says. */
async function lockFile(dataDir: string): Promise<{ pid: number; port: number }> {
  const text = await readFile(path.join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8')
  const [pid, , , port] = text.split('\n').map(Number)
  return { pid: pid as number, port: port as number }
}

/** The process id of the Postgres that runs, or ran, on a data folder. */
export const postgresPid = async (dataDir: string): Promise<number> => (await lockFile(dataDir)).pid

/** One statement on the database of a running server: for what no route can bring about. */
export async function query(dataDir: string, text: string, values: unknown[] = []): Promise<unknown[]> {
  const { port } = await lockFile(dataDir)
  const password = await readFile(path.join(dataDir, 'postgres/cluster/guildhall.password'), 'utf8')
  const client = new pg.Client({
    connectionString: `postgres://guildhall:${password}@127.0.0.1:${port}/guildhall`,
  })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}
