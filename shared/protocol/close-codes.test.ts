import { GatewayCloseCodes } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { CloseCode, endsSession, isResumable } from './close-codes.ts'

const plain = (name: string) => name.replaceAll('_', '').toLowerCase()

test('are the documented ones, no more and no fewer', () => {
  const published = Object.entries(GatewayCloseCodes).filter(([name]) => Number.isNaN(Number(name)))
  const ours = Object.entries(CloseCode).map(([name, code]) => [plain(name), code])
  expect(ours).toEqual(published.map(([name, code]) => [plain(name), code]))
})

test('a session outlives only the closes after which a client may resume', () => {
  expect(Object.values(CloseCode).filter(isResumable)).toEqual([4000, 4001, 4002, 4005, 4008])
})

test('a client ends its session with 1000 and 1001 only', () => {
  expect([1000, 1001, 1005, 1006, 1012, 4000, 4200, 4901].filter(endsSession)).toEqual([1000, 1001])
})
