import { expect, test } from 'vitest'
import { CreateMessageBody, EditMessageBody } from './message-body.ts'

type Schema = Readonly<Record<string, unknown>>

/** Where a schema has a text or a list of any length. */
function unbounded(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { type, maxLength, pattern, maxItems } = schema as Schema
  const types = [type].flat()
  const isOpen =
    (types.includes('string') && !('enum' in schema) && maxLength === undefined && pattern === undefined) ||
    (types.includes('array') && maxItems === undefined)
  const within = Object.entries(schema).flatMap(([key, part]) => unbounded(part, `${path}/${key}`))
  return [...(isOpen ? [path] : []), ...within]
}

test('whatever a message is made of has a largest size', () => {
  expect(unbounded({ planted: { type: 'string' } }, '')).toEqual(['/planted'])
  expect([...unbounded(CreateMessageBody, 'create'), ...unbounded(EditMessageBody, 'edit')]).toEqual([])
})
