import fc from 'fast-check'
import { expect, test } from 'vitest'
import { visibleName } from './visible-name.ts'

test.for([
  ['  Ada Lovelace ', 'Ada Lovelace'],
  ['Ada\u202Eexe.txt', 'Adaexe.txt'],
  ['A\u200Bd\u200Da\uFEFF\u2066', 'Ada'],
  ['two\r\nlines\u0007', 'two lines'],
  ['\u200B\u3164\u2800 \u00AD', ''],
  ['\u200D', ''],
  ['👩\u200D👩\u200D👧', '👩\u200D👩\u200D👧'],
  ['❤\uFE0F\u200D🔥', '❤\uFE0F\u200D🔥'],
  ['👩🏽\u200D🚀\u200D', '👩🏽\u200D🚀'],
  ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  ['می\u200Cخواهم', 'می\u200Cخواهم'],
  ['क्\u200Dष', 'क्\u200Dष'],
  ['葛\u{E0100}飾', '葛\u{E0100}飾'],
  ['ᠮᠠ\u180Eᠨ\u180B', 'ᠮᠠᠨ\u180B'],
  ['☺\uFE0E Ada\uFE0F', '☺\uFE0E Ada'],
  ['\uFFF9\uFFFB', ''],
  ['茶 Ä Ж', '茶 Ä Ж'],
] as const)('%j is shown as %j', ([name, shown]) => {
  expect(visibleName(name)).toBe(shown)
})

test('whatever a name is, what is left of it is seen, and is left as it is', () => {
  const odd = fc.constantFrom(
    '\u200B',
    '\u200C',
    '\u200D',
    '\u202E',
    '\uFE0F',
    '\u2800',
    '\n',
    ' ',
    '👩',
    'ش',
    'a',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(odd, fc.string({ unit: 'binary' }))), (parts) => {
      const shown = visibleName(parts.join(''))
      expect(visibleName(shown)).toBe(shown)
      expect(shown).not.toMatch(/[\p{Cc}\u200B\u202A-\u202E\u2066-\u2069\uFEFF]/u)
      if (shown !== '') expect(shown).toMatch(/[^\s\u2800\p{Default_Ignorable_Code_Point}]/u)
    }),
  )
})
