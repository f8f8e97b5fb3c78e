import { snowflakeTime } from '#shared/kernel/ids.ts'
import type { Cursor } from '#shared/ports/session-store.ts'
import { EPOCH } from '../engine/process.ts'
import type { GatewayClient } from '../world/client.ts'
import type { Stores } from '../world/fleet.ts'
import type { Operation } from '../world/operations.ts'
import { Violation } from '../world/violation.ts'
import {
  type Commits,
  checkChanges,
  checkCreates,
  checkReads,
  checkRights,
  History,
  type LoggedCreate,
} from './permissions.ts'
import { Reference } from './reference.ts'
import { checkChains, checkMentions, checkOutbox, checkProjections, checkRows } from './stores.ts'
import { checkStream } from './streams.ts'
import { checkWrites, createdAnew } from './writes.ts'

/** Everything that must hold of a world that has come to rest. */
export async function checkWorld({
  stores,
  operations,
  commits,
  clients,
  bases,
  retentionMs,
}: {
  readonly stores: Stores
  readonly operations: readonly Operation[]
  readonly commits: Commits
  readonly clients: readonly GatewayClient[]
  /** Where each session's record began. */
  readonly bases: ReadonlyMap<string, Cursor>
  /** How long the log is kept. */
  readonly retentionMs: number
}): Promise<void> {
  const { log } = stores
  const events = log.history.map(({ event }) => event)
  const reference = new Reference(events)
  checkChains(events)
  checkRows(stores, reference)
  checkOutbox(stores, events)
  checkMentions(stores, events)
  checkWrites(operations, log.history, { dedupeMs: log.dedupeMs, retentionMs })
  const beyond = createdAnew(log.history, log.dedupeMs)
  await checkProjections(
    stores,
    events.filter(({ facts }) => !('channel_id' in facts && beyond.has(facts.channel_id ?? ''))),
  )
  const history = new History(commits, reference)
  const creates = log.history.flatMap(({ event, askedAt }): LoggedCreate[] => {
    const [, , kind, guildId = ''] = event.subject.split('.')
    if (event.type !== 'MESSAGE_CREATE' || kind !== 'g') return []
    const bySystem = JSON.parse(event.d).type !== 0 && JSON.parse(event.d).type !== 19
    const { channel_id, message_id, author_id } = event.facts
    const begunAt = snowflakeTime(message_id as never) - EPOCH
    const { position } = event
    return [
      {
        guildId,
        channelId: channel_id,
        messageId: message_id,
        authorId: author_id,
        position,
        begunAt,
        askedAt,
        bySystem,
      },
    ]
  })
  checkCreates(creates, history)
  checkReads(operations, creates, history)
  checkRights(operations, history, reference)
  checkChanges(operations, reference)
  for (const client of clients) {
    if (!client.connected) throw new Violation('I11', `${client.name} is not connected`)
    for (const transcript of client.transcripts)
      checkStream(transcript, bases.get(transcript.sessionId), reference, transcript === client.current)
  }
}
