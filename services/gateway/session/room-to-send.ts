import type { GatewayCore } from './gateway-core.ts'
import type { Outbound } from './outbound.ts'

/** From when on a client that takes nothing is cut off [SES-9]. */
const STALLED_MS = 60_000

/**
 * Resolves when the client has taken so much of what was sent that more may follow, or is gone: whoever has much to
 * send does not keep it all for a slow one. undefined: at once.
 */
export function roomToSend(
  { clock }: Pick<GatewayCore, 'clock'>,
  outbound: Outbound,
): Promise<void> | undefined {
  const room = outbound.room()
  if (!room) return undefined
  let { taken } = outbound
  const look = () => {
    if (outbound.taken <= taken) return outbound.drop()
    taken = outbound.taken
    cancel = clock.after(STALLED_MS, look)
  }
  let cancel = clock.after(STALLED_MS, look)
  return room.finally(() => cancel())
}
