import fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkOf } from './network-of.ts'

test.for([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:c000:0207', '192.0.2.7'],
  ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8::192.0.2.7', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['', ''],
  [undefined, ''],
  ['unix', 'unix'],
] as const)('%s is counted as %s', ([address, network]) => {
  expect(networkOf(address)).toBe(network)
})

test('two addresses are one where their first 64 bits are the same, however they are written', () => {
  const group = fc.integer({ min: 1, max: 0xffff })
  const half = fc.tuple(group, group, group, group)
  const written = (groups: readonly number[]) => groups.map((each) => each.toString(16)).join(':')
  fc.assert(
    fc.property(half, half, half, (network, other, host) => {
      const address = written([...network, ...host])
      expect(networkOf(address.toUpperCase())).toBe(networkOf(`${written(network)}::`))
      const isSame = written(network) === written(other)
      expect(networkOf(address) === networkOf(written([...other, ...host]))).toBe(isSame)
    }),
  )
})
