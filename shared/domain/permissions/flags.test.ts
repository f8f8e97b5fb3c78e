import { PermissionFlagsBits } from 'discord-api-types/v10'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ALL, EVERYONE_DEFAULT, formatPermissions, has, Permission, parsePermissions } from './flags.ts'

const namesIn = (bits: bigint) =>
  Object.entries(Permission).flatMap(([name, flag]) => (has(bits, flag) ? [name] : []))

describe('flags', () => {
  test('[PERM-1] there are 52: bits 0 to 46 and 48 to 52', () => {
    const bits = Object.values(Permission).map((flag) => flag.toString(2).length - 1)
    expect(bits).toEqual([...Array(47).keys(), 48, 49, 50, 51, 52])
    for (const flag of Object.values(Permission)) expect(flag.toString(2)).toMatch(/^10*$/)
    expect(ALL).toBe(2n ** 53n - 1n - 2n ** 47n)
  })

  test('[PERM-1] names and bits agree with the published typings', () => {
    const plain = (name: string) => name.replaceAll('_', '').toLowerCase()
    const published = new Map(Object.entries(PermissionFlagsBits).map(([name, bit]) => [plain(name), bit]))
    for (const [name, bit] of Object.entries(Permission)) expect(published.get(plain(name)), name).toBe(bit)
  })

  test('[PERM-20] @everyone of a new guild may take part but not moderate', () => {
    expect(namesIn(EVERYONE_DEFAULT)).toEqual([
      'CREATE_INSTANT_INVITE',
      'ADD_REACTIONS',
      'STREAM',
      'VIEW_CHANNEL',
      'SEND_MESSAGES',
      'EMBED_LINKS',
      'ATTACH_FILES',
      'READ_MESSAGE_HISTORY',
      'MENTION_EVERYONE',
      'USE_EXTERNAL_EMOJIS',
      'CONNECT',
      'SPEAK',
      'USE_VAD',
      'CHANGE_NICKNAME',
      'USE_APPLICATION_COMMANDS',
      'REQUEST_TO_SPEAK',
      'CREATE_PUBLIC_THREADS',
      'CREATE_PRIVATE_THREADS',
      'USE_EXTERNAL_STICKERS',
      'SEND_MESSAGES_IN_THREADS',
      'USE_EMBEDDED_ACTIVITIES',
      'USE_SOUNDBOARD',
      'CREATE_GUILD_EXPRESSIONS',
      'CREATE_EVENTS',
      'USE_EXTERNAL_SOUNDS',
      'SEND_VOICE_MESSAGES',
      'SET_VOICE_CHANNEL_STATUS',
      'SEND_POLLS',
      'USE_EXTERNAL_APPS',
    ])
  })

  test('[PERM-19] no flag contains another: pinning is not part of managing messages', () => {
    expect(has(Permission.PIN_MESSAGES, Permission.MANAGE_MESSAGES)).toBe(false)
    expect(has(Permission.MANAGE_MESSAGES, Permission.PIN_MESSAGES)).toBe(false)
    expect(has(Permission.MANAGE_CHANNELS, Permission.BYPASS_SLOWMODE)).toBe(false)
    expect(has(Permission.MANAGE_GUILD_EXPRESSIONS, Permission.CREATE_GUILD_EXPRESSIONS)).toBe(false)
    expect(has(Permission.MANAGE_EVENTS, Permission.CREATE_EVENTS)).toBe(false)
  })
})

describe('parsePermissions', () => {
  test('[PERM-1] reads decimal digits and whole numbers, and drops unknown bits', () => {
    expect(parsePermissions('1024')).toBe(1024n)
    expect(parsePermissions(1024)).toBe(1024n)
    expect(parsePermissions('0')).toBe(0n)
    expect(parsePermissions('140737488355329')).toBe(1n)
    expect(parsePermissions('18446744073709551615')).toBe(ALL)
  })

  test.each([
    ['-1'],
    [-1],
    [1.5],
    [2 ** 53],
    [Number.NaN],
    [''],
    [' 1'],
    ['1\n'],
    ['0x10'],
    ['1e3'],
    ['١'],
    ['1'.repeat(21)],
    [null],
    [undefined],
    [true],
    [[1]],
  ])('[PERM-1] refuses %j', (value) => {
    expect(parsePermissions(value)).toBeUndefined()
  })

  test('[PERM-1] format and parse are each other’s inverse', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bits) => {
        expect(parsePermissions(formatPermissions(bits & ALL))).toBe(bits & ALL)
        expect(parsePermissions(bits.toString())).toBe(bits & ALL)
      }),
    )
  })

  test('never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => void parsePermissions(value)))
  })
})
