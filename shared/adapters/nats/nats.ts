import { connect, type NatsConnection } from '@nats-io/transport-node'
import { inboxPrefixOf } from './inbox.ts'

export interface NatsOptions {
  /** `nats://` or `tls://` URLs; a user and password in the first count for all. */
  readonly servers: readonly string[]
  /** Shown in the server's list of connections. */
  readonly name: string
  /** Called when the connection was lost and with what the server complains about; reconnecting goes on for ever. */
  readonly onTrouble: (error: unknown) => void
}

/** One connection of the process, shared by its adapters; they must be closed before it. */
export interface Nats {
  readonly connection: NatsConnection
  /** False from the loss of the connection until it is there again. */
  readonly connected: boolean
  /** The returned function ends it. */
  onChange(listener: (connected: boolean) => void): () => void
  close(): Promise<void>
}

/** @throws when no server answers */
export async function openNats({ servers, name, onTrouble }: NatsOptions): Promise<Nats> {
  const urls = servers.map((server) => new URL(server))
  const { username, password } = urls[0] as URL
  const user = decodeURIComponent(username)
  const connection = await connect({
    servers: urls.map(({ host }) => host),
    name,
    ...(user && { user, pass: decodeURIComponent(password), inboxPrefix: inboxPrefixOf(user) }),
    ...(urls.some(({ protocol }) => protocol === 'tls:') && { tls: {} }),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    timeout: 5_000,
    // A server that vanished without a farewell is noticed before the deadline of an append.
    pingInterval: 3_000,
    maxPingOut: 2,
    noAsyncTraces: true,
  })
  const listeners = new Set<(connected: boolean) => void>()
  let connected = true
  const change = (now: boolean) => {
    connected = now
    for (const listener of listeners) listener(now)
  }
  const watching = (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        change(false)
        onTrouble(new Error(`the connection to NATS at ${status.server} was lost`))
      } else if (status.type === 'reconnect') change(true)
      else if (status.type === 'error') onTrouble(status.error)
    }
  })()
  void connection.closed().then((error) => error && onTrouble(error))
  return {
    connection,
    get connected() {
      return connected
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      if (connected) await connection.flush().catch(() => {})
      await connection.close()
      await watching
    },
  }
}
