import type { User } from '#shared/domain/user/user.ts'

/** A direct (type 1) or group (type 3) conversation: a channel without a guild. */
export interface Conversation {
  readonly id: string
  readonly type: number
  readonly name: string | null
  readonly icon: string | null
  readonly owner_id: string | null
  readonly recipients: readonly User[]
  /** When the newest pin was made, whether it is still there or not. */
  readonly last_pin_timestamp: string | null
  /** Recipients of a direct conversation who have put it away until something is written in it; absent: none. */
  readonly closed_by?: readonly string[]
}

/** With the owner. */
export const MOST_RECIPIENTS = 10

export interface ConversationState {
  readonly version: number
  /** null: not yet created, or deleted */
  readonly conversation: Conversation | null
  /** Its id → its last message; as GuildState's. */
  readonly heads: Map<string, string>
}

export interface ConversationChange {
  readonly kind: 'conversation'
  readonly id: string
  readonly value: Conversation | null
}

export function evolveConversation(
  { heads }: ConversationState,
  changes: readonly ConversationChange[],
  version: number,
): ConversationState {
  return { version, conversation: changes.at(-1)?.value ?? null, heads }
}

export const isRecipient = (state: Pick<ConversationState, 'conversation'>, userId: string): boolean =>
  state.conversation?.recipients.some((user) => user.id === userId) ?? false

/** A recipient who has not closed it: it is among his conversations. */
export const isOpenFor = (state: Pick<ConversationState, 'conversation'>, userId: string): boolean =>
  isRecipient(state, userId) && !state.conversation?.closed_by?.includes(userId)

export const closedFor = (conversation: Conversation, userId: string): Conversation => ({
  ...conversation,
  closed_by: [...(conversation.closed_by ?? []), userId],
})

/** @param userId who opens it again; without one everybody */
export function openedFor({ closed_by, ...conversation }: Conversation, userId?: string): Conversation {
  const rest = userId === undefined ? [] : (closed_by ?? []).filter((id) => id !== userId)
  return rest.length > 0 ? { ...conversation, closed_by: rest } : conversation
}
