import { expect, test } from 'vitest'
import { TestSession } from '#test/support/gateway-client.ts'
import { newPerson } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

test('[SES-7] a silent client is closed, and resumes; one that sends heartbeats is not', async () => {
  const strict = await startServer({ env: { GUILDHALL_HEARTBEAT_INTERVAL_MS: '1000' } })
  try {
    const { token } = await newPerson(strict.http, 'silent')
    const [silent, alive] = [
      await TestSession.identify(strict.gateway, token),
      await TestSession.identify(strict.gateway, token),
    ]
    expect(silent.client.frames[0]).toMatchObject({ op: 10, d: { heartbeat_interval: 1_000 } })
    alive.client.beat(500)
    const { code } = await silent.client.closed
    expect(code).toBe(4000)
    await alive.heartbeat()
    await silent.resume(strict.gateway)
  } finally {
    await strict.stop()
  }
})
