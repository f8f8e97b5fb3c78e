import { expect, test } from 'vitest'
import { type Between, befriend, block, part, RelationshipType } from './relationship.ts'

const { FRIEND, BLOCKED, INCOMING, OUTGOING } = RelationshipType
const NOTHING: Between = { own: undefined, other: undefined }
const turned = ({ own, other }: Between): Between => ({ own: other, other: own })

test('who is asked and asks back is a friend', () => {
  const asked = befriend(NOTHING) as Between
  expect(asked).toEqual({ own: OUTGOING, other: INCOMING })
  expect(befriend(asked)).toEqual(asked)
  expect(befriend(turned(asked))).toEqual({ own: FRIEND, other: FRIEND })
  expect(befriend({ own: FRIEND, other: FRIEND })).toBe('friends')
})

test.each<Between>([
  NOTHING,
  { own: FRIEND, other: FRIEND },
  { own: OUTGOING, other: INCOMING },
  { own: INCOMING, other: OUTGOING },
  { own: undefined, other: BLOCKED },
])('a block ends %o, and only who blocked lifts it', (before) => {
  const blocked = block(before)
  const others = before.other === BLOCKED ? BLOCKED : undefined
  expect(blocked).toEqual({ own: BLOCKED, other: others })
  expect(befriend(blocked)).toBe('blocked')
  expect(befriend(turned(blocked))).toBe('blocked')
  expect(part(turned(blocked))).toEqual({ own: undefined, other: BLOCKED })
  expect(part(blocked)).toEqual({ own: undefined, other: others })
})
