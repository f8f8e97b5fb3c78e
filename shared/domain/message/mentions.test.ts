import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AllowedMentions, parseMentions, resolveAllowedMentions } from './mentions.ts'

const NONE = { users: [], roles: [], channels: [], everyone: false, here: false }
const A = '1420070400000000410'
const B = '1420070400000000411'

describe('parseMentions', () => {
  test('users, with and without the mark of a nickname, roles and channels', () => {
    expect(parseMentions(`<@${A}> <@!${B}>, <@&${A}><#${B}>`)).toEqual({
      ...NONE,
      users: [A, B],
      roles: [A],
      channels: [B],
    })
  })

  test('each once, in the order of the text', () => {
    expect(parseMentions(`<@${B}> <@${A}> <@!${B}>`).users).toEqual([B, A])
  })

  test('@everyone and @here, also within a word', () => {
    expect(parseMentions('hi @everyone')).toEqual({ ...NONE, everyone: true })
    expect(parseMentions('mail@here.example')).toEqual({ ...NONE, here: true })
  })

  test.each([
    '<@>',
    '<@x>',
    '<@ 1>',
    '<@0>',
    '<@01>',
    '<@-1>',
    '<@99999999999999999999>',
    '<@9223372036854775808>',
    '<@&>',
    '@Everyone',
    '@ everyone',
    '<@!&1>',
    '<:name:1>',
    '<t:1>',
  ])('%s mentions nobody', (content) => {
    expect(parseMentions(content)).toEqual(NONE)
  })

  test.each([
    '`<@1>`',
    '``<@1>``',
    '`` ` <@1> ``',
    '```<@1>```',
    '```js\n<@1> @everyone\n```',
    '``` ` <@1> `` ```',
    '````<@1>````',
    'x `@here` y',
    '`\\`<@1>`',
    '\\<@1>',
    '\\@everyone',
    '\\\\`<@1>`',
  ])('code and what is escaped mentions nobody: %j', (content) => {
    const expected = content.startsWith('`\\`') ? { ...NONE, users: ['1'] } : NONE
    expect(parseMentions(content)).toEqual(expected)
  })

  test.each([
    '`<@1>',
    '```<@1>',
    '``<@1>`',
    '\\`<@1>\\`',
    '`a` <@1> `b`',
    '```a```<@1>```b```',
    '\\\\<@1>',
    '``````<@1>',
    '<@1>`',
  ])('outside of code they count: %j', (content) => {
    expect(parseMentions(content)).toEqual({ ...NONE, users: ['1'] })
  })

  test('code between the parts of a mention does not join them', () => {
    expect(parseMentions('<@1`x`2> @every`x`one')).toEqual(NONE)
  })

  test('ends on what takes regular expressions minutes', () => {
    const hostile = ['`'.repeat(4000), '` `` '.repeat(800), `\`${'\\'.repeat(3998)}\``, '<@'.repeat(2000)]
    for (const content of hostile) parseMentions(content)
  })

  test('never throws, and ids are as they stand in the text', () => {
    const piece = fc.constantFrom('`', '``', '```', '\\', `<@${A}>`, `<@&${B}>`, '@here', '<', ' ', '\n', 'x')
    const content = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(content, (text) => {
        for (const id of parseMentions(text).users) expect(text).toContain(`${id}>`)
      }),
    )
  })
})

describe('resolveAllowedMentions', () => {
  const mentions = { users: [A, B], roles: ['7', '8'], channels: [], everyone: true, here: false }
  const resolve = (allowed: AllowedMentions | null | undefined, repliedUserId?: string) =>
    resolveAllowedMentions(allowed, { mentions, repliedUserId })
  const nobody = { users: [], roles: [], everyone: false }

  test.each([[undefined], [null]])('%s: everything counts, also the author replied to', (allowed) => {
    expect(resolve(allowed, '9')).toEqual({
      ok: true,
      value: { users: [A, B, '9'], roles: ['7', '8'], everyone: true },
    })
  })

  test('absent, from a webhook or interaction: users only', () => {
    expect(resolveAllowedMentions(undefined, { mentions, byDefault: ['users'] })).toEqual({
      ok: true,
      value: { users: [A, B], roles: [], everyone: false },
    })
  })

  test.each<[AllowedMentions]>([
    [{}],
    [{ parse: [] }],
    [{ parse: null, users: null, roles: null }],
    [{ replied_user: false }],
    [{ users: ['1'] }],
  ])('%j silences all', (allowed) => {
    expect(resolve(allowed, '9')).toEqual({ ok: true, value: nobody })
  })

  test.each<[AllowedMentions, object]>([
    [{ parse: ['users'] }, { users: [A, B] }],
    [{ parse: ['roles'] }, { roles: ['7', '8'] }],
    [{ parse: ['everyone'] }, { everyone: true }],
    [{ users: [B, '1'] }, { users: [B] }],
    [
      { parse: ['users'], roles: ['8'] },
      { users: [A, B], roles: ['8'] },
    ],
    [
      { parse: ['everyone'], users: [A] },
      { users: [A], everyone: true },
    ],
    [{ parse: ['users'], users: [] }, { users: [A, B] }],
    [{ replied_user: true }, { users: ['9'] }],
    [{ parse: ['users'], replied_user: true }, { users: [A, B, '9'] }],
  ])('%j', (allowed, part) => {
    expect(resolve(allowed, '9')).toEqual({ ok: true, value: { ...nobody, ...part } })
  })

  test('@here is everyone’s kind', () => {
    const here = { ...mentions, everyone: false, here: true }
    expect(resolveAllowedMentions(undefined, { mentions: here })).toMatchObject({ value: { everyone: true } })
  })

  test('the author replied to is not there twice', () => {
    expect(resolve(undefined, A)).toMatchObject({ value: { users: [A, B] } })
  })

  test('a list beside its own kind in parse is ambiguous', () => {
    expect(resolve({ parse: ['users'], users: [A] })).toEqual({
      ok: false,
      error: { code: 'ambiguous', field: 'users' },
    })
    expect(resolve({ parse: ['roles', 'users'], roles: ['7'] })).toEqual({
      ok: false,
      error: { code: 'ambiguous', field: 'roles' },
    })
  })

  test('an id that is listed but not mentioned notifies nobody, for any input', () => {
    const ids = fc.option(fc.uniqueArray(fc.constantFrom(A, B, '7', '8', '1')), { nil: undefined })
    const parse = fc.option(fc.subarray(['users', 'roles', 'everyone'] as const), { nil: undefined })
    fc.assert(
      fc.property(parse, ids, ids, (kinds, users, roles) => {
        const resolved = resolve({
          ...(kinds && { parse: kinds }),
          ...(users && { users }),
          ...(roles && { roles }),
        })
        if (!resolved.ok) return
        for (const id of resolved.value.users) expect(mentions.users).toContain(id)
        for (const id of resolved.value.roles) expect(mentions.roles).toContain(id)
      }),
    )
  })
})
