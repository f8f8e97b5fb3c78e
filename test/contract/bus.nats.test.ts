import { createInbox } from '@nats-io/transport-node'
import { NatsBus } from '#shared/adapters/bus/nats-bus.ts'
import type { Nats } from '#shared/adapters/nats/nats.ts'
import { busContract } from './bus.contract.ts'
import { freshNamespace, natsDescribe, openTestNats } from './nats-server.ts'

/**
 * Waits until what `one` has subscribed is known at the server of `other`, which may be another server of the cluster:
 * a server tells the others of subscriptions in their order.
 */
async function inForce({ connection: one }: Nats, { connection: other }: Nats): Promise<void> {
  const subject = createInbox()
  let known = false
  const probe = one.subscribe(subject, {
    callback: () => {
      known = true
    },
  })
  while (!known) {
    other.publish(subject)
    await Promise.all([one.flush(), other.flush()])
  }
  probe.unsubscribe()
}

natsDescribe.run(natsDescribe.title('NATS'), () => {
  busContract('core NATS', async () => {
    const troubles: unknown[] = []
    const onTrouble = (error: unknown) => void troubles.push(error)
    const namespace = freshNamespace()
    const here = await openTestNats(onTrouble)
    const there = await openTestNats(onTrouble)
    const bus = new NatsBus({ nats: here, namespace, onTrouble })
    const elsewhere = new NatsBus({ nats: there, namespace, onTrouble })
    return {
      bus,
      elsewhere,
      async subscribed() {
        await Promise.all([inForce(here, there), inForce(there, here)])
      },
      troubles,
      async close() {
        await Promise.all([bus.close(), elsewhere.close()])
        await Promise.all([here.close(), there.close()])
      },
    }
  })
})
