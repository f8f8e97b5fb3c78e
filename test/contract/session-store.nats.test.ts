import { expect, test } from 'vitest'
import type { Nats } from '#shared/adapters/nats/nats.ts'
import { openJetStreamSessionStore } from '#shared/adapters/session-store/jetstream-session-store.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { START } from '#shared/kernel/ids.ts'
import { deleteStream, freshNamespace, natsDescribe, natsReplicas, openTestNats } from './nats-server.ts'
import { sessionStoreContract } from './session-store.contract.ts'

const open = (nats: Nats, namespace: string, resumeWindowMs: number) =>
  openJetStreamSessionStore({
    nats,
    clock: systemClock,
    namespace,
    replicas: natsReplicas,
    resumeWindowMs,
    onWarning: () => {},
  })

natsDescribe.run(natsDescribe.title('NATS'), () => {
  sessionStoreContract(
    'JetStream',
    async () => {
      const [namespace, windowMs] = [freshNamespace(), 120_000]
      const [here, there] = [await openTestNats(), await openTestNats()]
      const sessions = await open(here, namespace, windowMs)
      const elsewhere = await open(there, namespace, windowMs)
      return {
        sessions,
        elsewhere,
        windowMs,
        async close() {
          await deleteStream(here, `${namespace}_sessions`)
          for (const each of [sessions, elsewhere]) each.close()
          for (const each of [here, there]) await each.close()
        },
      }
    },
    { moveTime: false },
  )

  test('session store: JetStream: a record lives for the window after its last move, also one that is changed', async () => {
    const namespace = freshNamespace()
    const nats = await openTestNats()
    const before = await open(nats, namespace, 120_000)
    const record = {
      user_id: '1',
      application_id: null,
      intents: 0,
      shard: null,
      large_threshold: 50,
      rules: 1,
    }
    const [idle, renewed] = ['idle', 'renewed'].map((session_id) => ({ ...record, session_id }))
    const cursor = { s: 5, position: START }
    for (const each of [idle, renewed]) await before.create(each as typeof idle & object, cursor)
    const sessions = await open(nats, namespace, 1_500)
    const isThere = async (session_id: string) => (await sessions.read(session_id)) !== undefined
    const renew = async () => {
      await sessions.move([{ session_id: 'renewed', cursor: { s: 4, position: START } }])
      return isThere('idle')
    }
    await expect.poll(renew, { timeout: 10_000, interval: 100 }).toBe(false)
    expect(await sessions.read('renewed')).toEqual({ record: renewed, cursor })
    await sessions.move([{ session_id: 'idle', cursor }])
    expect(await isThere('idle')).toBe(false)
    await expect.poll(() => isThere('renewed'), { timeout: 10_000, interval: 100 }).toBe(false)
    await sessions.move([{ session_id: 'renewed', cursor }])
    expect(await isThere('renewed')).toBe(false)
    await deleteStream(nats, `${namespace}_sessions`)
    for (const each of [before, sessions]) each.close()
    await nats.close()
  })
})
