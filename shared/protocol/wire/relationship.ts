import type { Relationship } from '#shared/domain/user/relationship.ts'
import { timestamp } from '../timestamps.ts'
import { userObject } from './user.ts'

export const relationshipObject = ({ user, type, since }: Relationship) => ({
  id: user.id,
  type,
  nickname: null,
  user: userObject(user),
  since: timestamp(since),
})
