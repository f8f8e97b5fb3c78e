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

/**
 * kill -9 for a data folder's Postgres and all of its processes at once, in the middle of whatever they do: what
 * is not on its way to the disk is lost. Where processes' children cannot be listed nothing happens.
 */
export async function killPostgres(dataDir: string): Promise<void> {
  const pid = await postgresPid(dataDir)
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => undefined)
  if (children === undefined) return
  for (const each of [pid, ...children.trim().split(' ').map(Number)]) {
    try {
      process.kill(each, 'SIGKILL')
    } catch {} // ended by itself
  }
}

/** One statement on the database of a running server: for what no route can bring about. */
export async function query(dataDir: string, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: await databaseUrl(dataDir) })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

/** Where the rows of a running server are. A cluster has a database in place of a folder. */
export async function databaseUrl(dataDir: string): Promise<string> {
  if (dataDir.startsWith('postgres://')) return dataDir
  const { port } = await lockFile(dataDir)
  const password = await readFile(path.join(dataDir, 'postgres/cluster/guildhall.password'), 'utf8')
  return `postgres://guildhall:${password}@127.0.0.1:${port}/guildhall`
}
