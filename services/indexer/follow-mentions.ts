import { compareIds, type Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { parseSubject } from '#shared/protocol/subjects.ts'
import type { Database, Tx } from '#shared/store/database.ts'
import { addMentions, applyOnce, keepMentions, type Mention, removeMentions } from '#shared/store/mentions.ts'
import { Projections } from '#shared/store/projections.ts'
import { readByWriting } from '#shared/store/read-states.ts'
import { positionOf } from './follow.ts'

type Shown = Extract<LogEvent, { type: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE' }>

/**
 * Whom messages mention, as long as they do, and how far their authors have read by writing them. An edit takes mentions
 * away; those that it brings notify nobody.
 * @param from up to where everything has been applied
 * @returns false: it was set back behind that
 */
export async function followMentions(
  { db, pool }: Database,
  events: readonly LogEvent[],
  from: Position,
): Promise<boolean> {
  const upTo = positionOf(events)
  if (!events.some(({ type }) => type.startsWith('MESSAGE_')))
    return new Projections(pool).confirm('mentions', upTo, from)
  return applyOnce(db, { from, upTo }, (tx, after) =>
    apply(
      tx,
      events.filter(({ position }) => position > after),
    ),
  )
}

async function apply(tx: Tx, events: readonly LogEvent[]): Promise<void> {
  let mentions: Mention[] = []
  const own = new Map<string, { userId: string; channelId: string; messageId: string }>()
  const write = async () => {
    await addMentions(tx, mentions)
    mentions = []
  }
  for (const event of events) {
    switch (event.type) {
      case 'MESSAGE_CREATE': {
        const { channel_id, message_id, author_id } = event.facts
        const { targets, byBot } = read(event)
        const { position } = event
        for (const target_id of targets)
          mentions.push({ message_id, target_id, channel_id, author_id, position })
        const key = `${author_id} ${channel_id}`
        if (!byBot && compareIds(own.get(key)?.messageId ?? '0', message_id) < 0)
          own.set(key, { userId: author_id, channelId: channel_id, messageId: message_id })
        break
      }
      case 'MESSAGE_UPDATE':
        await write()
        await keepMentions(tx, event.facts.message_id, read(event).targets)
        break
      case 'MESSAGE_DELETE':
        await write()
        // The event of the bulk comes last, and has all of them.
        if (!event.facts.silent) await removeMentions(tx, [event.facts.message_id])
        break
      case 'MESSAGE_DELETE_BULK':
        await write()
        await removeMentions(tx, event.facts.ids)
        break
    }
  }
  await write()
  await readByWriting(tx, [...own.values()])
}

/** Everybody in a conversation is told of what is said there. */
function read(event: Shown): { targets: string[]; byBot: boolean } {
  const { kind, id } = parseSubject(event.subject)
  const message = JSON.parse(event.d) as {
    readonly author: { readonly bot?: boolean }
    readonly mention_roles: readonly string[]
    readonly mention_everyone: boolean
  }
  const everyone = kind === 'conversation' || message.mention_everyone
  return {
    targets: [...event.facts.mentions, ...message.mention_roles, ...(everyone ? [id] : [])],
    byBot: message.author.bot === true,
  }
}
