import type { User } from './user.ts'

/** How one stands to another, as the wire has it. */
export const RelationshipType = { FRIEND: 1, BLOCKED: 2, INCOMING: 3, OUTGOING: 4 } as const
export type RelationshipType = (typeof RelationshipType)[keyof typeof RelationshipType]

/** How one stands to somebody. `since`: ms since the Unix epoch. */
export interface Relationship {
  readonly user: User
  readonly type: RelationshipType
  readonly since: number
}

/** Both sides; undefined: nothing is between them on that side. */
export interface Between {
  readonly own: RelationshipType | undefined
  readonly other: RelationshipType | undefined
}

const { FRIEND, BLOCKED, INCOMING, OUTGOING } = RelationshipType

/** Asks for friendship, or accepts what the other has asked. 'blocked' does not tell which of the two did. */
export function befriend(before: Between): Between | 'blocked' | 'friends' {
  if (before.own === BLOCKED || before.other === BLOCKED) return 'blocked'
  if (before.own === FRIEND) return 'friends'
  if (before.own === INCOMING) return { own: FRIEND, other: FRIEND }
  return { own: OUTGOING, other: INCOMING }
}

/** Ends friendship and requests; the other's own block stays. */
export const block = ({ other }: Between): Between => ({ own: BLOCKED, other: ownBlock(other) })

/** Ends friendship, a request or one's own block. */
export const part = ({ other }: Between): Between => ({ own: undefined, other: ownBlock(other) })

const ownBlock = (type: RelationshipType | undefined) => (type === BLOCKED ? BLOCKED : undefined)
