import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Secret } from './secret.ts'
import { parseSetting, type Setting } from './setting.ts'

const common = { env: 'GUILDHALL_X', default: null, description: '' } as const
const whole = { ...common, type: 'integer', min: 1, max: 20 } as const
const web = { ...common, type: 'url', schemes: ['http', 'https'] } as const

const database = { ...common, type: 'connection', schemes: ['postgres'] } as const

const fitting: [Setting, string, unknown][] = [
  [{ ...common, type: 'servers' }, 'one,two:9042,10.0.0.3', ['one', 'two:9042', '10.0.0.3']],
  [{ ...common, type: 'networks' }, '10.0.0.0/8,::1', ['10.0.0.0/8', '::1']],
  [{ ...common, type: 'name' }, 'guild_hall-1.x', 'guild_hall-1.x'],
  [{ ...common, type: 'mailbox' }, 'chat@example.org', 'chat@example.org'],
  [{ ...common, type: 'mailbox' }, 'The chat <chat@example.org>', 'The chat <chat@example.org>'],
  [{ ...common, type: 'host' }, '127.0.0.1', '127.0.0.1'],
  [{ ...common, type: 'host' }, '::1', '::1'],
  [{ ...common, type: 'host' }, 'chat.example.org', 'chat.example.org'],
  [{ ...common, type: 'port' }, '0', 0],
  [{ ...common, type: 'port' }, '65535', 65_535],
  [{ ...common, type: 'path' }, '/var/lib/guildhall', '/var/lib/guildhall'],
  [{ ...common, type: 'path' }, './data', resolve('data')],
  [{ ...common, type: 'switch' }, 'on', true],
  [{ ...common, type: 'switch' }, 'off', false],
  [{ ...common, type: 'enum', values: ['a', 'b'] }, 'b', 'b'],
  [whole, '1', 1],
  [whole, '20', 20],
  [{ ...common, type: 'duration', unit: 'ms', min: 1, max: 20 }, '5', 5],
  [{ ...common, type: 'duration', unit: 's', min: 1, max: 20 }, '5', 5_000],
  [{ ...common, type: 'duration', unit: 'h', min: 1, max: 20 }, '5', 18_000_000],
  [web, 'https://chat.example.org', 'https://chat.example.org'],
  [web, 'http://chat.example.org:8080/guildhall/', 'http://chat.example.org:8080/guildhall'],
]

const unfitting: [Setting, string][] = [
  [{ ...common, type: 'servers' }, 'one,,two'],
  [{ ...common, type: 'servers' }, 'one:99999'],
  [{ ...common, type: 'name' }, 'a b'],
  [{ ...common, type: 'networks' }, '10.0.0.0/33'],
  [{ ...common, type: 'networks' }, 'proxy'],
  [database, 'postgres://one/x,postgres://two/x'],
  [{ ...common, type: 'mailbox' }, 'chat'],
  [{ ...common, type: 'mailbox' }, 'a@b, c@d'],
  [database, 'mysql://db/x'],
  [database, 'postgres://db/x,db2'],
  [{ ...common, type: 'host' }, 'http://chat'],
  [{ ...common, type: 'host' }, 'chat:80'],
  [{ ...common, type: 'host' }, `${'a'.repeat(254)}`],
  [{ ...common, type: 'port' }, '65536'],
  [{ ...common, type: 'port' }, '-1'],
  [{ ...common, type: 'port' }, '3000 '],
  [{ ...common, type: 'port' }, '0x10'],
  [{ ...common, type: 'switch' }, 'true'],
  [{ ...common, type: 'enum', values: ['a', 'b'] }, 'A'],
  [whole, '0'],
  [whole, '21'],
  [whole, '1.5'],
  [whole, '1e1'],
  [{ ...common, type: 'duration', unit: 's', min: 1, max: 20 }, '5s'],
  [web, 'chat.example.org'],
  [web, 'ws://chat.example.org'],
  [web, 'https://name:word@chat.example.org'],
  [web, 'https://chat.example.org/?a=1'],
]

describe('what a setting takes', () => {
  test.each(fitting)('%j takes %j', (setting, text, value) => {
    expect(parseSetting(setting, text)).toEqual(value)
  })

  test.each(unfitting)('%j does not take %j', (setting, text) => {
    expect(parseSetting(setting, text)).toBeUndefined()
  })

  test('a secret is wrapped', () => {
    expect(parseSetting({ ...common, type: 'secret' }, 'hunter2')).toEqual(new Secret('hunter2'))
  })
})
