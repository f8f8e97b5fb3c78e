import {
  type ConversationState,
  isOpenFor,
  isRecipient,
} from '#shared/domain/conversation/conversation-state.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { intentOf } from '#shared/protocol/intents.ts'
import { conversationObject } from '#shared/protocol/wire/conversation.ts'
import type { Dispatch } from './dispatch.ts'
import { messageDispatches } from './message-fold.ts'
import { type SessionView, wants } from './session-view.ts'

/** What one session is sent for one event of a conversation; the counterpart of guildDispatches. */
export function conversationDispatches(
  view: SessionView,
  event: LogEvent,
  before: ConversationState,
  after: ConversationState,
): Dispatch[] {
  if (!('version' in event.facts))
    return messageDispatches(view, event, isRecipient(after, view.userId), false)
  const was = isOpenFor(before, view.userId)
  const is = isOpenFor(after, view.userId)
  if (!wants(view, intentOf('CHANNEL_CREATE', false))) return []
  // Bots learn of a conversation by its first message: eris warns of a channel that it is told of before.
  if (!was && is) return view.bot ? [] : [conversationDispatch('CHANNEL_CREATE', after, view)]
  if (!is) return was ? [conversationDispatch('CHANNEL_DELETE', before, view)] : []
  // Somebody else has closed it, or opened it again.
  if (event.type === 'CHANNEL_DELETE' || event.type === 'CHANNEL_CREATE') return []
  // What is not the same for everybody is made here.
  if (event.type !== 'CHANNEL_UPDATE') return [{ t: event.type as Dispatch['t'], d: event.d }]
  // eris throws at an update of a direct conversation; bots take names from messages.
  return view.bot ? [] : [conversationDispatch('CHANNEL_UPDATE', after, view)]
}

export function conversationDispatch(
  t: Dispatch['t'],
  { conversation, heads }: ConversationState,
  view: SessionView,
): Dispatch {
  if (!conversation) throw new Error('a conversation with recipients exists')
  return {
    t,
    d: JSON.stringify(conversationObject(conversation, view.userId, heads.get(conversation.id) ?? null)),
  }
}
