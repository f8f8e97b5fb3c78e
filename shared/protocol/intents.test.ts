import { GatewayIntentBits } from 'discord-api-types/v10'
import { describe, expect, test } from 'vitest'
import { GATEWAY_EVENTS } from './gateway-events.ts'
import { Intent, intentOf, KNOWN_INTENTS, PRIVILEGED_INTENTS } from './intents.ts'

const plain = (name: string) => name.replaceAll('_', '').toLowerCase()

describe('bits', () => {
  test('agree with the published typings', () => {
    const published = new Map(Object.entries(GatewayIntentBits).map(([name, bit]) => [plain(name), bit]))
    for (const [name, bit] of Object.entries(Intent)) expect(published.get(plain(name)), name).toBe(bit)
  })

  test('the known ones are 0 to 16, 20, 21, 24 and 25', () => {
    const bits = [...Array(32).keys()].filter((bit) => (KNOWN_INTENTS >>> bit) & 1)
    expect(bits).toEqual([...Array(17).keys(), 20, 21, 24, 25])
  })

  test('the privileged ones are 1, 8 and 15', () => {
    expect(PRIVILEGED_INTENTS).toBe((1 << 1) | (1 << 8) | (1 << 15))
  })
})

describe('intentOf', () => {
  test.each([
    ['GUILD_CREATE', Intent.GUILDS, 0],
    ['GUILD_ROLE_UPDATE', Intent.GUILDS, 0],
    ['CHANNEL_CREATE', Intent.GUILDS, Intent.DIRECT_MESSAGES],
    ['CHANNEL_PINS_UPDATE', Intent.GUILDS, Intent.DIRECT_MESSAGES],
    ['GUILD_MEMBER_ADD', Intent.GUILD_MEMBERS, 0],
    ['GUILD_BAN_ADD', Intent.GUILD_MODERATION, 0],
    ['GUILD_AUDIT_LOG_ENTRY_CREATE', Intent.GUILD_MODERATION, 0],
    ['INVITE_CREATE', Intent.GUILD_INVITES, 0],
    ['PRESENCE_UPDATE', Intent.GUILD_PRESENCES, 0],
    ['MESSAGE_CREATE', Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES],
    ['MESSAGE_REACTION_ADD', Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS],
    ['TYPING_START', Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING],
  ] as const)('%s needs %i in a guild and %i outside', (event, guild, direct) => {
    expect(intentOf(event, true)).toBe(guild)
    expect(intentOf(event, false)).toBe(direct)
  })

  test.each(['READY', 'RESUMED', 'USER_UPDATE', 'GUILD_MEMBERS_CHUNK', 'RATE_LIMITED'] as const)(
    '%s needs none',
    (e) => {
      expect(intentOf(e, true)).toBe(0)
      expect(intentOf(e, false)).toBe(0)
    },
  )

  test('every event needs one known bit or none', () => {
    for (const event of GATEWAY_EVENTS) {
      for (const need of [intentOf(event, true), intentOf(event, false)]) {
        expect(need & KNOWN_INTENTS).toBe(need)
        expect(need & (need - 1)).toBe(0)
      }
    }
  })
})
