import { Ajv } from 'ajv'
import fc from 'fast-check'
import Type, { type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { formErrorsOf, type ValidationError } from './validation-errors.ts'

const schema = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 3 }),
  kind: Type.Optional(Type.Union([Type.Literal(0), Type.Literal(1), Type.Null()])),
  colour: Type.Optional(Type.Enum(['red', 'blue'])),
  topic: Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength: 2 })])),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  ratio: Type.Optional(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 })),
  tts: Type.Optional(Type.Boolean()),
  id: Type.Optional(Type.String({ pattern: '^[0-9]+$' })),
  tags: Type.Optional(Type.Array(Type.String(), { minItems: 2, maxItems: 3 })),
  nonce: Type.Optional(Type.Union([Type.String(), Type.Integer()])),
  embeds: Type.Optional(
    Type.Array(Type.Object({ title: Type.String(), 'a/b~c': Type.Optional(Type.Boolean()) })),
  ),
  poll: Type.Optional(Type.Object({ question: Type.String() })),
})

const fromTypeBox = (wanted: TSchema, value: unknown) =>
  Compile(wanted).Errors(value) as unknown as ValidationError[]
const fromAjv = (wanted: TSchema, value: unknown, verbose = false) => {
  const validate = new Ajv({ allErrors: true, verbose }).compile(wanted)
  validate(value)
  return (validate.errors ?? []) as ValidationError[]
}

const required = { code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }
const cases: [what: string, body: unknown, errors: unknown][] = [
  ['a missing field', {}, { name: { _errors: [required] } }],
  [
    'a missing field inside',
    { name: 'a', embeds: [{ title: '' }, {}] },
    { embeds: { 1: { title: { _errors: [required] } } } },
  ],
  [
    'a text too long',
    { name: 'abcd' },
    leaf('name', 'BASE_TYPE_MAX_LENGTH', 'Must be 3 or fewer in length.'),
  ],
  ['a text too short', { name: '' }, leaf('name', 'BASE_TYPE_MIN_LENGTH', 'Must be 1 or more in length.')],
  [
    'a list too long',
    { name: 'a', tags: ['', '', '', ''] },
    leaf('tags', 'BASE_TYPE_MAX_LENGTH', 'Must be 3 or fewer in length.'),
  ],
  [
    'a list too short',
    { name: 'a', tags: [''] },
    leaf('tags', 'BASE_TYPE_MIN_LENGTH', 'Must be 2 or more in length.'),
  ],
  [
    'no literal of a union',
    { name: 'a', kind: 2 },
    leaf('kind', 'BASE_TYPE_CHOICES', 'Value must be one of {0, 1}.'),
  ],
  [
    'no value of an enumeration',
    { name: 'a', colour: 'x' },
    leaf('colour', 'BASE_TYPE_CHOICES', 'Value must be one of {red, blue}.'),
  ],
  [
    'a nullable text too long',
    { name: 'a', topic: 'abc' },
    leaf('topic', 'BASE_TYPE_MAX_LENGTH', 'Must be 2 or fewer in length.'),
  ],
  ['no integer', { name: 'a', limit: 1.5 }, leaf('limit', 'NUMBER_TYPE_COERCE', 'Value is not int.')],
  [
    'a number too large',
    { name: 'a', limit: 101 },
    leaf('limit', 'NUMBER_TYPE_MAX', 'Value should be less than or equal to 100.'),
  ],
  [
    'a number too small',
    { name: 'a', limit: 0 },
    leaf('limit', 'NUMBER_TYPE_MIN', 'Value should be greater than or equal to 1.'),
  ],
  [
    'a number at its upper bound',
    { name: 'a', ratio: 1 },
    leaf('ratio', 'NUMBER_TYPE_MAX', 'Value should be less than 1.'),
  ],
  [
    'a number at its lower bound',
    { name: 'a', ratio: 0 },
    leaf('ratio', 'NUMBER_TYPE_MIN', 'Value should be greater than 0.'),
  ],
  ['no number', { name: 'a', ratio: 'x' }, leaf('ratio', 'NUMBER_TYPE_COERCE', 'Value is not float.')],
  [
    'no boolean',
    { name: 'a', tts: 'x' },
    leaf('tts', 'BOOLEAN_TYPE_CONVERT', 'Must be either true or false.'),
  ],
  ['no text', { name: 5 }, leaf('name', 'STRING_TYPE_CONVERT', 'Could not interpret value as string.')],
  ['no list', { name: 'a', tags: 5 }, leaf('tags', 'LIST_TYPE_CONVERT', 'Must be a list.')],
  ['no object', { name: 'a', poll: [] }, leaf('poll', 'MODEL_TYPE_CONVERT', 'Must be an object.')],
  [
    'another form',
    { name: 'a', id: 'x' },
    leaf('id', 'STRING_TYPE_REGEX', 'String value did not match validation regex.'),
  ],
  [
    'no branch of a union',
    { name: 'a', nonce: [] },
    leaf('nonce', 'STRING_TYPE_CONVERT', 'Could not interpret value as string.'),
  ],
  ['no object at all', 5, { _errors: [{ code: 'MODEL_TYPE_CONVERT', message: 'Must be an object.' }] }],
  [
    'an escaped path',
    { name: 'a', embeds: [{ title: '', 'a/b~c': 1 }] },
    { embeds: { 0: leaf('a/b~c', 'BOOLEAN_TYPE_CONVERT', 'Must be either true or false.') } },
  ],
]

function leaf(field: string, code: string, message: string) {
  return { [field]: { _errors: [{ code, message }] } }
}

describe('formErrorsOf', () => {
  test.each(cases)('%s', (_what, body, errors) => {
    expect(formErrorsOf(fromTypeBox(schema, body)).body().errors).toEqual(errors)
    expect(formErrorsOf(fromAjv(schema, body)).body().errors).toEqual(errors)
  })

  test('names both bounds of a length when the schema is at hand', () => {
    const errors = formErrorsOf(fromAjv(schema, { name: '', tags: [''] }, true)).body().errors
    expect(errors).toEqual({
      ...leaf('name', 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 3 in length.'),
      ...leaf('tags', 'BASE_TYPE_BAD_LENGTH', 'Must be between 2 and 3 in length.'),
    })
  })

  test('formats: an id, a date, a link', () => {
    const format = (name: string) =>
      formErrorsOf([{ keyword: 'format', instancePath: '/x', params: { format: name } }]).body().errors
    expect(format('snowflake')).toEqual(leaf('x', 'NUMBER_TYPE_COERCE', 'Value is not snowflake.'))
    expect(format('date-time')).toEqual(
      leaf('x', 'DATE_TIME_TYPE_PARSE', 'Could not parse value. Should be ISO8601.'),
    )
    expect(format('uri')).toEqual(leaf('x', 'URL_TYPE_INVALID_URL', 'Not a well formed URL.'))
  })

  test('a refusal always says something', () => {
    expect(formErrorsOf([]).isEmpty).toBe(false)
    expect(formErrorsOf([{ keyword: 'anyOf', instancePath: '/x', params: {} }]).isEmpty).toBe(false)
  })

  test('whatever is sent, what the schema refuses has an error', () => {
    const check = Compile(schema)
    fc.assert(
      fc.property(
        fc.object({ key: fc.constantFrom('name', 'kind', 'topic', 'limit', 'tags', 'embeds') }),
        (body) => {
          if (!check.Check(body)) expect(formErrorsOf(fromTypeBox(schema, body)).isEmpty).toBe(false)
        },
      ),
    )
  })
})
