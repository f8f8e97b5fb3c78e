import { expect, test } from 'vitest'
import {
  asSnowflake,
  compareIds,
  DISCORD_EPOCH,
  firstIdAt,
  isSnowflake,
  shardOf,
  snowflakeTime,
} from './ids.ts'

test('an id tells when it was made, and the first id of a time is not after it', () => {
  const made = asSnowflake('175928847299117063')
  expect(snowflakeTime(made)).toBe(1_462_015_105_796)
  expect(compareIds(firstIdAt(1_462_015_105_796), made)).toBeLessThan(0)
  expect(compareIds(firstIdAt(1_462_015_105_797), made)).toBeGreaterThan(0)
  expect(firstIdAt(DISCORD_EPOCH - 5)).toBe('0')
})

test('shards are (id >> 22) mod count', () => {
  expect(shardOf(asSnowflake('4194304'), 256)).toBe(1)
  expect(shardOf(asSnowflake('175928847299117063'), 4)).toBe(Number((175928847299117063n >> 22n) % 4n))
})

test('ids are decimal digits of a signed 64-bit integer, compared as numbers', () => {
  expect(isSnowflake('9223372036854775807')).toBe(true)
  for (const no of ['9223372036854775808', '', '-1', '1.5', '0x1', '1e3', ' 1', '12345678901234567890']) {
    expect(isSnowflake(no), no).toBe(false)
  }
  expect(compareIds('9', '10')).toBeLessThan(0)
  expect(compareIds('11', '10')).toBeGreaterThan(0)
  expect(compareIds('10', '10')).toBe(0)
})
