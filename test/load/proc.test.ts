import { describe, expect, test } from 'vitest'
import { cpuOf, difference, parseKilobytes, parseSchedstat, parseStat, residentKb } from './proc.ts'

describe('texts of /proc', () => {
  test('the first number of schedstat is the time on CPU', () => {
    expect(parseSchedstat('1014678999 99763 4\n')).toBe(1_014_678_999)
  })

  test('a process may be named like anything', () => {
    const before = '77 (a) S 1 (b)) S 1 77 77 0 -1 4194560 100 0 0 0'
    expect(parseStat(`${before} 250 31 7 9 20 0 11 0 5000 1 2\n`)).toEqual({ userMs: 2_500, systemMs: 310 })
  })

  test('a size is found by its name', () => {
    const text =
      '5581-7ffc ---p 00000000 00:00 0   [rollup]\nRss:               24580 kB\nPss:                9012 kB\n'
    expect(parseKilobytes(text, 'Rss')).toBe(24_580)
    expect(() => parseKilobytes(text, 'Swap')).toThrow('no Swap')
  })
})

test.runIf(process.platform === 'linux')('a process that works uses CPU and memory', async () => {
  const before = await cpuOf(process.pid)
  let sum = 0
  for (let index = 0; index < 5e6; index++) sum += index % 7
  const used = difference(await cpuOf(process.pid), before)
  expect(sum).toBeGreaterThan(0)
  expect(used.ms).toBeGreaterThan(0)
  expect(used.otherThreadsMs).toBeLessThanOrEqual(used.ms)
  expect(await residentKb(process.pid)).toBeGreaterThan(1_000)
})
