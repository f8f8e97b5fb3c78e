import { GatewayDispatchEvents } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { DURABLE_EVENTS, EPHEMERAL_EVENTS, GATEWAY_EVENTS } from './gateway-events.ts'

test('each event is listed once and is documented', () => {
  expect(new Set(GATEWAY_EVENTS).size).toBe(DURABLE_EVENTS.length + EPHEMERAL_EVENTS.length)
  const published = new Set<string>(Object.values(GatewayDispatchEvents))
  expect(GATEWAY_EVENTS.filter((event) => !published.has(event))).toEqual([])
})
