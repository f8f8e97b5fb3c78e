import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { BodySnowflake, Nullable } from './endpoint.ts'
import { textReader } from './read-text.ts'

const schema = Type.Object({
  age: Type.Optional(Nullable(Type.Integer())),
  id: BodySnowflake,
  name: Type.String(),
  tts: Type.Optional(Type.Boolean()),
  list: Type.Array(Type.Integer()),
  inner: Type.Object({ count: Type.Integer() }),
})
const read = (value: unknown, isForm = false) => textReader(schema)?.(value, isForm)

test('[HTTP-3] texts that are integers are taken for them, wherever an integer is wanted', () => {
  const sent = {
    age: '3600',
    id: '12',
    name: '7',
    tts: 'true',
    list: ['-1', 2],
    inner: { count: '5' },
    more: '1',
  }
  expect(read(sent)).toEqual({
    age: 3_600,
    id: '12',
    name: '7',
    tts: 'true',
    list: [-1, 2],
    inner: { count: 5 },
    more: '1',
  })
})

test('what is none is left to be refused', () => {
  for (const age of ['', ' 1', '1e3', '0x10', '1.0', '+1', '12345678901234567', null, true, {}])
    expect(read({ age })).toEqual({ age })
  for (const value of [null, 'text', [{ age: '1' }], 5]) expect(read(value)).toBe(value)
})

test('in forms true and false are booleans', () => {
  expect(read({ tts: 'true', name: 'true' }, true)).toEqual({ tts: true, name: 'true' })
  expect(read({ tts: 'True' }, true)).toEqual({ tts: 'True' })
})

test('a schema that wants neither needs no reader', () => {
  expect(textReader(Type.Object({ name: Type.String(), id: Nullable(BodySnowflake) }))).toBeUndefined()
})
