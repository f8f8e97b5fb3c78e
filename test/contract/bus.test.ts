import { InProcessBus } from '#shared/adapters/bus/in-process-bus.ts'
import { busContract } from './bus.contract.ts'

busContract('in process', async () => {
  const troubles: unknown[] = []
  const bus = new InProcessBus((error) => troubles.push(error))
  return { bus, elsewhere: bus, subscribed: async () => {}, troubles, close: () => bus.close() }
})
