import { compareIds, type Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { parseSubject } from '#shared/protocol/subjects.ts'
import type { Database, Tx } from '#shared/store/database.ts'
import { addMentions, applyOnce, keepMentions, type Mention, removeMentions } from '#shared/store/mentions.ts'
import { Projections } from '#shared/store/projections.ts'
import type { OwnMessage } from '#shared/store/read-states.ts'
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
  const takesAway = events.some(({ type }) => TAKE_AWAY.has(type))
  if (!takesAway && (await addMentions(db, { from, upTo }, broughtBy(events)))) return true
  return applyOnce(db, { from, upTo }, async (tx, after) => {
    const later = events.filter(({ position }) => position > after)
    // A message comes before what is done to it: all of them may be added first.
    await addMentions(tx, { from: after, upTo }, broughtBy(later))
    for (const event of later) await takeAway(tx, event)
  })
}

function broughtBy(events: readonly LogEvent[]): { mentions: Mention[]; own: OwnMessage[] } {
  const mentions: Mention[] = []
  const own = new Map<string, OwnMessage>()
  for (const event of events) {
    if (event.type !== 'MESSAGE_CREATE') continue
    const { channel_id, message_id, author_id } = event.facts
    const { targets, byBot } = read(event)
    const { position } = event
    for (const target_id of targets) mentions.push({ message_id, target_id, channel_id, author_id, position })
    const key = `${author_id} ${channel_id}`
    if (!byBot && compareIds(own.get(key)?.messageId ?? '0', message_id) < 0)
      own.set(key, { userId: author_id, channelId: channel_id, messageId: message_id })
  }
  return { mentions, own: [...own.values()] }
}

const TAKE_AWAY: ReadonlySet<string> = new Set([
  'MESSAGE_UPDATE',
  'MESSAGE_DELETE',
  'MESSAGE_DELETE_BULK',
] satisfies LogEvent['type'][])

async function takeAway(tx: Tx, event: LogEvent): Promise<void> {
  switch (event.type) {
    case 'MESSAGE_UPDATE':
      return keepMentions(tx, event.facts.message_id, read(event).targets)
    case 'MESSAGE_DELETE':
      // The event of the bulk comes last, and has all of them.
      if (!event.facts.silent) await removeMentions(tx, [event.facts.message_id])
      return
    case 'MESSAGE_DELETE_BULK':
      return removeMentions(tx, event.facts.ids)
  }
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
