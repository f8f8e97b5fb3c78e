import { RESTJSONErrorCodes } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { ErrorCode } from './error-codes.ts'

const entries = Object.values(ErrorCode)
const numbered = entries.filter(({ code }) => code !== 0)

test('no number is used twice, but 0, which leaves the meaning to HTTP’s status', () => {
  expect(new Set(numbered.map(({ code }) => code)).size).toBe(numbered.length)
  const plain = entries.filter(({ code }) => code === 0).map(({ status }) => status)
  expect(new Set(plain).size).toBe(plain.length)
})

/** Of friends, which only people have: what is documented is for bots. */
const OF_PEOPLE = [80_001, 80_002, 80_003, 80_007]

test('every number is documented, or of what only people have', () => {
  const undocumented = numbered.filter(
    ({ code }) => RESTJSONErrorCodes[code] === undefined && !OF_PEOPLE.includes(code),
  )
  expect(undocumented).toEqual([])
})

test('unknown objects are 404, and every status is an error, except while the index is built', () => {
  for (const [name, { code, status }] of Object.entries(ErrorCode)) {
    if (code >= 10_000 && code < 20_000) expect(status, name).toBe(404)
    if (name !== 'INDEX_NOT_READY') expect(status, name).toBeGreaterThanOrEqual(400)
  }
  expect(ErrorCode.INDEX_NOT_READY.status).toBe(202)
})

test('hidden and forbidden are told apart by their numbers', () => {
  expect(ErrorCode.MISSING_ACCESS).toMatchObject({ code: 50001, status: 403 })
  expect(ErrorCode.MISSING_PERMISSIONS).toMatchObject({ code: 50013, status: 403 })
})
