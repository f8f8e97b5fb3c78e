import {
  type ConversationChange,
  type ConversationState,
  evolveConversation,
  isRecipient,
} from '#shared/domain/conversation/conversation-state.ts'
import type { Relational } from '#shared/protocol/events.ts'
import type { GatewayEvent } from '#shared/protocol/gateway-events.ts'
import { intentOf } from '#shared/protocol/intents.ts'
import { readConversationAt } from '#shared/store/conversation-store.ts'
import type { Db } from '#shared/store/database.ts'
import { conversationDispatch, conversationDispatches } from '../fold/conversation-fold.ts'
import { ownsConversations, wants } from '../fold/session-view.ts'
import type { RoomKind } from './room-kind.ts'

export const conversationKind = (db: Db): RoomKind<ConversationState> => ({
  kind: 'conversation',
  none: { version: 0, conversation: null, heads: new Map() },
  readAt: (id, version) => readConversationAt(db, id, version),
  evolve: (state, event) => {
    const facts = event.facts as Relational<ConversationChange>
    return evolveConversation(state, facts.changes, facts.version)
  },
  isMember: isRecipient,
  noteMessage: (state, event) => {
    if (event.type === 'MESSAGE_CREATE') state.heads.set(event.facts.channel_id, event.facts.message_id)
  },
  newcomers: (event) =>
    (event.facts as Relational<ConversationChange>).changes.flatMap(
      (change) => change.value?.recipients.map((user) => user.id) ?? [],
    ),
  serves: ownsConversations,
  dispatches: conversationDispatches,
  hears: (view, state, _channelId, intent) => wants(view, intent) && isRecipient(state, view.userId),
  intentFor: (type) => intentOf(type as GatewayEvent, false),
  enter: (view, state) => conversationDispatch('CHANNEL_CREATE', state, view),
})
