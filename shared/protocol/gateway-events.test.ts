import { GatewayDispatchEvents } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { DURABLE_EVENTS, EPHEMERAL_EVENTS, GATEWAY_EVENTS } from './gateway-events.ts'

/** What is documented is for bots. */
const OF_PEOPLE = [
  'USER_SETTINGS_UPDATE',
  'USER_GUILD_SETTINGS_UPDATE',
  'USER_NOTE_UPDATE',
  'RELATIONSHIP_ADD',
  'RELATIONSHIP_REMOVE',
  'MESSAGE_ACK',
  'CHANNEL_PINS_ACK',
  'SESSIONS_REPLACE',
  'CHANNEL_RECIPIENT_ADD',
  'CHANNEL_RECIPIENT_REMOVE',
]

test('each event is listed once and is documented, or for people only', () => {
  expect(new Set(GATEWAY_EVENTS).size).toBe(DURABLE_EVENTS.length + EPHEMERAL_EVENTS.length)
  const published = new Set<string>([...Object.values(GatewayDispatchEvents), ...OF_PEOPLE])
  expect(GATEWAY_EVENTS.filter((event) => !published.has(event))).toEqual([])
})
