import { randomBytes } from 'node:crypto'
import { describe } from 'vitest'
import { jetStreamApi } from '#shared/adapters/nats/jetstream-api.ts'
import { type Nats, openNats } from '#shared/adapters/nats/nats.ts'

/** The servers that the environment names. */
export const natsUrls = (process.env.NATS_URLS ?? process.env.NATS_URL ?? '').split(',').filter(Boolean)

/** By how many servers the streams of the suites are kept. */
export const natsReplicas = natsUrls.length >= 3 ? 3 : 1

/** Where a suite runs on the server that the environment names, or is skipped with the reason. */
export const natsDescribe = {
  title: (name: string) => (natsUrls.length > 0 ? name : `${name} — skipped: NATS_URL is not set`),
  run: describe.skipIf(natsUrls.length === 0),
}

/** Servers are shared and keep their data: each suite has a namespace of its own. */
export const freshNamespace = (): string => `test_${randomBytes(6).toString('hex')}`

export const openTestNats = (onTrouble: (error: unknown) => void = () => {}): Promise<Nats> =>
  openNats({ servers: natsUrls, name: 'guildhall tests', onTrouble })

export async function deleteStream({ connection }: Nats, name: string): Promise<void> {
  await jetStreamApi(connection, `STREAM.DELETE.${name}`)
}
