import { describe, expect, test } from 'vitest'
import { FormErrors } from './form-errors.ts'

describe('FormErrors', () => {
  test('has the shape of the request, with indexes as keys', () => {
    const errors = new FormErrors()
    expect(errors.isEmpty).toBe(true)
    errors.at(['embeds', 0, 'title'], 'BASE_TYPE_MAX_LENGTH', 'Must be 256 or fewer in length.')
    errors.at(['embeds', 2], 'BASE_TYPE_REQUIRED', 'This field is required')
    errors.at(['content'], 'BASE_TYPE_REQUIRED', 'This field is required')
    errors.at(['content'], 'SECOND', 'Also wrong')
    expect(errors.isEmpty).toBe(false)
    expect(JSON.parse(JSON.stringify(errors.body()))).toEqual({
      code: 50035,
      message: 'Invalid Form Body',
      errors: {
        embeds: {
          '0': {
            title: {
              _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 256 or fewer in length.' }],
            },
          },
          '2': { _errors: [{ code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }] },
        },
        content: {
          _errors: [
            { code: 'BASE_TYPE_REQUIRED', message: 'This field is required' },
            { code: 'SECOND', message: 'Also wrong' },
          ],
        },
      },
    })
  })

  test('errors of a part are told by where it is in the whole', () => {
    const errors = new FormErrors()
    errors.at([], 'A', 'a')
    errors.at(['name'], 'B', 'b')
    expect(errors.below(['roles', 1]).body().errors).toEqual({
      roles: {
        '1': { _errors: [{ code: 'A', message: 'a' }], name: { _errors: [{ code: 'B', message: 'b' }] } },
      },
    })
  })

  test('errors of the whole request hang at the root, beside those of fields', () => {
    const errors = new FormErrors()
    errors.at([], 'A', 'a')
    errors.at(['b'], 'B', 'b')
    expect(errors.body().errors).toEqual({
      _errors: [{ code: 'A', message: 'a' }],
      b: { _errors: [{ code: 'B', message: 'b' }] },
    })
  })

  test('a field and what is inside it may both be wrong', () => {
    const errors = new FormErrors()
    errors.at(['a', 'b'], 'B', 'b')
    errors.at(['a'], 'A', 'a')
    expect(errors.body().errors).toEqual({
      a: { b: { _errors: [{ code: 'B', message: 'b' }] }, _errors: [{ code: 'A', message: 'a' }] },
    })
  })

  test('names of fields reach no prototype', () => {
    const errors = new FormErrors()
    errors.at(['__proto__', 'polluted'], 'A', 'a')
    errors.at(['constructor', 'prototype', '_errors', 'x'], 'A', 'a')
    JSON.stringify(errors.body())
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
