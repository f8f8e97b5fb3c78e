import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPresence } from './presence-update.ts'

const online = { status: 'online', activities: [], since: null, afk: false }

test('missing and null fields have defaults', () => {
  expect(readPresence({})).toEqual(online)
  expect(readPresence({ status: 'offline', activities: null, since: null, afk: null })).toEqual({
    ...online,
    status: 'offline',
  })
})

test('of an activity only the known fields are kept', () => {
  const activity = { name: 'chess', type: 3, state: 's', details: 'd', url: 'u', secret: 1, created_at: 'x' }
  const read = readPresence({
    status: 'dnd',
    since: 5,
    afk: true,
    activities: [activity, { name: 'go', type: 'x' }],
  })
  expect(read).toEqual({
    status: 'dnd',
    since: 5,
    afk: true,
    activities: [
      { name: 'chess', type: 3, state: 's', details: 'd', url: 'u' },
      { name: 'go', type: 0 },
    ],
  })
})

test.each([
  [null],
  [[]],
  ['online'],
  [{ status: 'away' }],
  [{ activities: {} }],
  [{ activities: [{}] }],
  [{ activities: [null] }],
])('malformed: %j', (value) => {
  expect(readPresence(value)).toBeUndefined()
})

test('never throws', () => {
  fc.assert(fc.property(fc.anything(), (value) => void readPresence(value)))
})
