import { GatewayOpcodes } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { Opcode } from './opcodes.ts'

const plain = (name: string) => name.replaceAll('_', '').toLowerCase()

test('documented opcodes have their documented numbers', () => {
  const published = Object.entries(GatewayOpcodes).filter(([name]) => Number.isNaN(Number(name)))
  const ours = new Map(Object.entries(Opcode).map(([name, number]) => [plain(name), number]))
  for (const [name, number] of published) expect(ours.get(plain(name)), name).toBe(number)
})

test('no number is used twice', () => {
  const numbers = Object.values(Opcode)
  expect(new Set(numbers).size).toBe(numbers.length)
})
