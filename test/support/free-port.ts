import { createServer } from 'node:net'

/**
 * A port that nobody listens on just now, for a server that must be told which one to take. It is below those that
 * systems give to outgoing connections, one of which could take it before the server does, or during a restart.
 * The port that is `also` above it is free too.
 */
export async function freePort(also = 0): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 14_000)
    if ((await isFree(port)) && (also === 0 || (await isFree(port + also)))) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  const free = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
  })
  if (free) await new Promise((resolve) => probe.close(resolve))
  return free
}
