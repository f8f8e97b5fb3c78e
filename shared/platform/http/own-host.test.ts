import { expect, test } from 'vitest'
import { isOwnHost } from './own-host.ts'

test.for([
  ['localhost:3000', true],
  ['127.0.0.1:3000', true],
  ['[::1]:3000', true],
  ['192.168.1.7', true],
  ['Chat.example.org', true],
  ['rebound.example.com:3000', false],
  ['chat.example.org.example.com', false],
  ['localhost.example.com', false],
  ['', false],
  [undefined, false],
  ['a b', false],
] as const)('%s is a host of ours: %s', ([host, own]) => {
  expect(isOwnHost(host, 'https://chat.example.org')).toBe(own)
})
