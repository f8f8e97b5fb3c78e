import type { StreamConfig, StreamInfo } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Clock } from '#shared/kernel/clock.ts'
import { JetStreamApiError, jetStreamApi } from './jetstream-api.ts'
import { isForbidden, untilAnswered } from './until-answered.ts'

const STREAM_NOT_FOUND = 10059
/** Atomic batches. */
const OLDEST = [2, 12, 0]
/** Earlier ones lose acknowledged messages in some restarts. */
const RECOMMENDED = [2, 15, 1]

/** How many servers keep it, and how much at most, is for operators to change. */
type Wanted = Partial<StreamConfig> & { readonly name: string; readonly num_replicas: number }

/**
 * Makes the stream if it is missing, and brings one that is there to these settings. A user who may do neither can
 * open one that is as it should be.
 * @throws when the server is too old, or does not change what has to be changed
 */
export async function openStream(
  connection: NatsConnection,
  clock: Clock,
  wanted: Wanted,
  onWarning: (warning: string) => void,
): Promise<void> {
  checkVersion(connection, onWarning)
  const { config } = await untilAnswered(clock, () => infoOrCreate(connection, wanted))
  const { name, num_replicas: replicas, max_bytes: maxBytes, ...fixed } = wanted
  const found = config as unknown as Record<string, unknown>
  if (comparable(found.subjects) !== comparable(fixed.subjects)) {
    throw new Error(`the stream ${name} is somebody else's: its subjects are ${found.subjects}`)
  }
  const other = Object.entries(fixed).filter(([key, value]) => comparable(found[key]) !== comparable(value))
  if (other.length > 0) {
    const keys = other.map(([key]) => key).join(', ')
    const update = () => jetStreamApi(connection, `STREAM.UPDATE.${name}`, { ...config, ...fixed })
    await allowed(`the stream ${name} has other settings (${keys})`, () => untilAnswered(clock, update))
    onWarning(`the stream ${name} had other settings: ${keys} changed`)
  }
  if (config.num_replicas !== replicas) {
    onWarning(`the stream ${name} is kept by ${config.num_replicas} servers, not by ${replicas}`)
  }
  if (maxBytes !== undefined && config.max_bytes !== maxBytes) {
    onWarning(
      `the stream ${name} holds up to ${config.max_bytes} bytes, not ${maxBytes}: "nats stream edit" changes it`,
    )
  }
}

/** The server leaves out what is zero or false. */
const comparable = (value: unknown): string => JSON.stringify(value || 0)

async function infoOrCreate(connection: NatsConnection, wanted: Wanted): Promise<StreamInfo> {
  try {
    return await jetStreamApi(connection, `STREAM.INFO.${wanted.name}`)
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NOT_FOUND) throw error
    // Two at once are harmless: the same stream again is no error.
    return allowed(`there is no stream ${wanted.name}`, () =>
      jetStreamApi(connection, `STREAM.CREATE.${wanted.name}`, wanted),
    )
  }
}

/** @throws with the command to run when the user of this connection may not do it */
async function allowed<T>(why: string, change: () => Promise<T>): Promise<T> {
  try {
    return await change()
  } catch (cause) {
    if (!isForbidden(cause)) throw cause
    throw new Error(`${why}, and this user of NATS may not change that: run "npm run db:migrate"`, { cause })
  }
}

function checkVersion({ info }: NatsConnection, onWarning: (warning: string) => void): void {
  const text = info?.version ?? '0.0.0'
  const version = text.split(/[.-]/).slice(0, 3).map(Number)
  if (isBefore(version, OLDEST))
    throw new Error(`nats-server ${text} is too old: ${OLDEST.join('.')} is the oldest that will do`)
  if (isBefore(version, RECOMMENDED))
    onWarning(`nats-server ${text} is old: ${RECOMMENDED.join('.')} or newer is recommended`)
}

function isBefore(version: readonly number[], other: readonly number[]): boolean {
  const at = other.findIndex((part, index) => part !== version[index])
  return at !== -1 && (version[at] ?? 0) < (other[at] as number)
}
