import type { NatsConnection } from '@nats-io/transport-node'
import { expect, test } from 'vitest'
import { systemClock } from '#shared/kernel/clock.ts'
import { openStream } from './open-stream.ts'

const config = { name: 'events', subjects: ['events.>'], num_replicas: 1, max_bytes: 1_000 }

/** A server of a version that has the stream as it is. */
const server = (version: string, has: object = config) =>
  ({
    info: { version },
    request: async () => ({ data: Buffer.from(JSON.stringify({ config: has })) }),
  }) as unknown as NatsConnection

async function warningsOf(connection: NatsConnection): Promise<string[]> {
  const warnings: string[] = []
  await openStream(connection, systemClock, config, (warning) => warnings.push(warning))
  return warnings
}

test.each(['2.11.9', '2.10.30', '1.4.1'])('nats-server %s is refused', async (version) => {
  await expect(warningsOf(server(version))).rejects.toThrow(`nats-server ${version} is too old: 2.12.0`)
})

test('versions that lose messages are warned of', async () => {
  expect(await warningsOf(server('2.12.0'))).toEqual([expect.stringContaining('2.15.1 or newer')])
  expect(await warningsOf(server('2.15.0'))).toEqual([expect.stringContaining('2.15.1 or newer')])
  expect(await warningsOf(server('2.15.1'))).toEqual([])
  expect(await warningsOf(server('3.0.0-beta.1'))).toEqual([])
})

test('a stream with room for less than the settings say is told', async () => {
  const warnings = await warningsOf(server('2.15.2', { ...config, max_bytes: 500, num_replicas: 3 }))
  expect(warnings).toEqual([
    'the stream events is kept by 3 servers, not by 1',
    expect.stringContaining('holds up to 500 bytes, not 1000'),
  ])
})
