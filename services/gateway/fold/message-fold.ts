import type { LogEvent } from '#shared/ports/event-log.ts'
import { Intent, intentOf } from '#shared/protocol/intents.ts'
import { withoutContent } from '#shared/protocol/wire/message-content.ts'
import type { Dispatch } from './dispatch.ts'
import { type SessionView, wants } from './session-view.ts'

/** What one session is sent for an event about messages, given whether it sees the channel at that position. */
export function messageDispatches(
  view: SessionView,
  event: LogEvent,
  visible: boolean,
  inGuild: boolean,
): Dispatch[] {
  if ('version' in event.facts || !visible || isSilent(event)) return []
  const t = event.type as Dispatch['t']
  if (!wants(view, intentOf(t, inGuild))) return []
  return [{ t, d: inGuild ? payloadFor(view, event) : event.d }]
}

/** Part of a bulk deletion, which is dispatched as one. */
export const isSilent = (event: LogEvent): boolean =>
  event.type === 'MESSAGE_DELETE' && event.facts.silent === true

/** What there is to decide of a message event by who reads it. */
interface Contents {
  /** Of the message that it replies to. */
  readonly referenced?: {
    readonly author: { readonly id: string }
    readonly mentions: readonly { readonly id: string }[]
  }
  /** Made once per event, however many sessions are sent it: by what is hidden. */
  readonly made: Map<'all' | 'own' | 'referenced', string>
}

const contents = new WeakMap<LogEvent, Contents>()

/**
 * The payload of a guild's message event for one session. A bot without MESSAGE_CONTENT sees the content only of its own
 * messages and of those that mention it, be it the message or the one that this replies to [VIS-6].
 */
export function payloadFor(view: SessionView, event: LogEvent): string {
  if (event.type !== 'MESSAGE_CREATE' && event.type !== 'MESSAGE_UPDATE') return event.d
  if (!view.bot || wants(view, Intent.MESSAGE_CONTENT)) return event.d
  const { userId } = view
  const { referenced, made } = contentsOf(event)
  const hidesOwn = event.facts.author_id !== userId && !event.facts.mentions.includes(userId)
  const hidesReferenced =
    referenced !== undefined &&
    referenced.author.id !== userId &&
    !referenced.mentions.some(({ id }) => id === userId)
  if (!hidesOwn && !hidesReferenced) return event.d
  const hidden = hidesOwn ? (hidesReferenced ? 'all' : 'own') : 'referenced'
  let d = made.get(hidden)
  if (d === undefined) {
    const message = JSON.parse(event.d)
    const shown = hidesOwn ? withoutContent(message) : message
    d = JSON.stringify(
      hidesReferenced ? { ...shown, referenced_message: withoutContent(message.referenced_message) } : shown,
    )
    made.set(hidden, d)
  }
  return d
}

function contentsOf(event: LogEvent): Contents {
  const known = contents.get(event)
  if (known) return known
  const { referenced_message: referenced } = JSON.parse(event.d)
  const read: Contents = { ...(referenced && { referenced }), made: new Map() }
  contents.set(event, read)
  return read
}
