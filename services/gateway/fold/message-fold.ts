import type { LogEvent } from '#shared/ports/event-log.ts'
import { Intent, intentOf } from '#shared/protocol/intents.ts'
import { withoutContent as emptied } from '#shared/protocol/wire/message-content.ts'
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
  return [{ t, d: inGuild && isContentHidden(view, event) ? withoutContent(event) : event.d }]
}

/** Part of a bulk deletion, which is dispatched as one. */
export const isSilent = (event: LogEvent): boolean =>
  event.type === 'MESSAGE_DELETE' && event.facts.silent === true

/** A bot without MESSAGE_CONTENT sees the content only of its own messages and of those that mention it [VIS-6]. */
export function isContentHidden(view: SessionView, event: LogEvent): boolean {
  if (event.type !== 'MESSAGE_CREATE' && event.type !== 'MESSAGE_UPDATE') return false
  if (!view.bot || wants(view, Intent.MESSAGE_CONTENT)) return false
  return event.facts.author_id !== view.userId && !event.facts.mentions.includes(view.userId)
}

const stripped = new WeakMap<LogEvent, string>()

/** Made once per event, however many sessions are sent it. */
export function withoutContent(event: LogEvent): string {
  let d = stripped.get(event)
  if (d === undefined) {
    d = JSON.stringify(emptied(JSON.parse(event.d)))
    stripped.set(event, d)
  }
  return d
}
