import type { ConfigOf } from '#config/schema.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import { NatsBus } from './bus/nats-bus.ts'
import { openJetStreamEventLog } from './event-log/jetstream-event-log.ts'
import { openNats } from './nats/nats.ts'
import { JetStreamLiveSessions, openJetStreamSessionStore } from './session-store/jetstream-session-store.ts'

interface ServiceProcess {
  readonly clock: Clock
  readonly logger: { warn(warning: string): void }
  readonly onTrouble: (error: unknown) => void
  onStop(step: () => unknown): void
}

type NatsConfig = ConfigOf<'relay'>['nats']

/** What all services of a cluster share on NATS, on one connection of the process. */
export async function openNatsStores(
  name: string,
  config: NatsConfig,
  { clock, logger, onTrouble, onStop }: ServiceProcess,
) {
  const { namespace, replicas } = config
  const nats = await openNats({ servers: config.urls.reveal().split(','), name, onTrouble })
  onStop(() => nats.close())
  const onWarning = (warning: string) => logger.warn(warning)
  const log: EventLog = await openJetStreamEventLog({
    nats,
    clock,
    namespace,
    replicas,
    maxBytes: config.logMaxBytes,
    mostEventBytes: config.eventMaxBytes,
    ...(config.monitorUrl && { monitorUrl: config.monitorUrl }),
    onWarning,
    onTrouble,
  })
  onStop(() => log.close())
  const bus: Bus = new NatsBus({ nats, namespace, onTrouble })
  onStop(() => bus.close())
  return {
    log,
    bus,
    liveSessions: new JetStreamLiveSessions({ nats, clock, namespace }),
    /** Session records, for the services that have to do with sessions. */
    async openRecords(resumeWindowMs: number) {
      const records = await openJetStreamSessionStore({
        nats,
        clock,
        namespace,
        replicas,
        resumeWindowMs,
        onWarning,
      })
      onStop(() => records.close())
      return records
    },
    whyAway: (): string | undefined => (nats.connected ? undefined : 'NATS is away'),
  }
}
