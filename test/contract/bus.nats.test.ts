import { NatsBus } from '#shared/adapters/bus/nats-bus.ts'
import { busContract } from './bus.contract.ts'
import { freshNamespace, natsDescribe, openTestNats } from './nats-server.ts'

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
        await Promise.all([here, there].map(({ connection }) => connection.flush()))
      },
      troubles,
      async close() {
        await Promise.all([bus.close(), elsewhere.close()])
        await Promise.all([here.close(), there.close()])
      },
    }
  })
})
