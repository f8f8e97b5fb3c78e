import { expect, test } from 'vitest'
import { NatsBus } from '#shared/adapters/bus/nats-bus.ts'
import { ownerOf } from '#shared/kernel/rendezvous.ts'
import { freshNamespace, natsDescribe, openTestNats } from '#test/contract/nats-server.ts'
import { SteppedClock } from '#test/support/stepped-clock.ts'
import { SharedCells } from './shared-cells.ts'

const NODES = ['a', 'b']
const rate = { limit: 20, windowMs: 5_000 }
const cellOf = (owner: string, nth: number): string =>
  Array.from({ length: 1_000 }, (_, n) => `cell ${nth}: ${n}`).find(
    (cell) => ownerOf(cell, NODES) === owner,
  ) as string

async function open() {
  // It stands: a slow machine makes no owner silent.
  const clock = new SteppedClock()
  const namespace = freshNamespace()
  const processes = await Promise.all(
    NODES.map(async (node) => {
      const nats = await openTestNats()
      const bus = new NatsBus({ nats, namespace, onTrouble: (error) => expect.unreachable(String(error)) })
      const cells = new SharedCells({ bus, clock, service: 'api', node })
      await nats.connection.flush()
      return { nats, bus, cells }
    }),
  )
  for (const { cells } of processes) cells.join()
  // There and back, and once more for who answered.
  for (let round = 0; round < 2; round++) for (const { nats } of processes) await nats.connection.flush()
  const close = async () => {
    for (const { nats, bus, cells } of processes) {
      cells.leave()
      await bus.close()
      await nats.close()
    }
  }
  return { cells: processes.map(({ cells }) => cells) as [SharedCells, SharedCells], close }
}

natsDescribe.run(natsDescribe.title('SharedCells on NATS'), () => {
  test('[HTTP-4] 1,000 requests on two processes pass as often as the bucket says', async () => {
    const { cells, close } = await open()
    for (const [nth, owner] of ['a', 'b', 'a', 'b'].entries()) {
      const cell = cellOf(owner, nth)
      const taken = await Promise.all(
        Array.from({ length: 1_000 }, (_, n) => (cells[n % 2] as SharedCells).take(rate, cell)),
      )
      expect(taken.filter(({ allowed }) => allowed)).toHaveLength(20)
    }
    await close()
  })
})
