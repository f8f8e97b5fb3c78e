import { expect, test } from 'vitest'
import { searchFact, searchFactsOf } from './search-facts.ts'
import { MessageFlag, MessageType, type StoredMessage } from './stored-message.ts'

const message = (more: object = {}) =>
  ({
    author: { id: '5', bot: false },
    type: MessageType.DEFAULT,
    content: '',
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    attachments: [],
    embeds: [],
    flags: 0,
    ...more,
  }) as unknown as StoredMessage
const factsOf = (more: object, repliedTo?: string) =>
  searchFactsOf(message(more), repliedTo).filter((fact) => !fact.startsWith('author'))
const file = (filename: string, content_type = 'application/octet-stream') => ({ filename, content_type })

test('who wrote it, and whom it mentions', () => {
  expect(searchFactsOf(message())).toEqual(['author_id:5', 'author_type:user'])
  expect(searchFactsOf(message({ author: { id: '6', bot: true } }))).toContain('author_type:bot')
  expect(factsOf({ mentions: [{ id: '7' }], mention_roles: ['8', '8'], mention_everyone: true })).toEqual([
    'mentions:7',
    'mentions_role_id:8',
    'mention_everyone:true',
  ])
})

test('what a reply replies to; forwards and notices reply to nothing', () => {
  const message_reference = { type: 0, message_id: '70', channel_id: '1' }
  const reply = { type: MessageType.REPLY, message_reference }
  const author = { author: { id: '9' } }
  expect(factsOf({ ...reply, referenced_message: author })).toEqual([
    'replied_to_user_id:9',
    'replied_to_message_id:70',
  ])
  expect(factsOf(reply, '9')).toEqual(['replied_to_user_id:9', 'replied_to_message_id:70'])
  expect(factsOf({ ...reply, referenced_message: null })).toEqual(['replied_to_message_id:70'])
  expect(factsOf({ type: MessageType.PINNED, message_reference })).toEqual([])
  expect(factsOf({ message_reference, message_snapshots: [{}] })).toEqual(['has:snapshot'])
})

test('links of the text by their hostnames, and by the domains above', () => {
  const hosts = (content: string) =>
    factsOf({ content }).flatMap((fact) => (fact.startsWith('link_hostname:') ? fact.slice(14) : []))
  const cases: [content: string, hosts: string[]][] = [
    ['see https://Example.com/a?b#c', ['example.com']],
    [
      '(http://a.b.example.org:81), **https://example.net**.',
      ['a.b.example.org', 'b.example.org', 'example.org', 'example.net'],
    ],
    ['<https://user:word@example.com>', ['example.com']],
    ['[tea](https://tea.example/x) http://localhost', ['tea.example', 'localhost']],
    ['https://bücher.example', ['xn--bcher-kva.example']],
    ['`https://example.com` example.com ftp://example.com https://', []],
    [`https://${'x'.repeat(300)}.com https://a\ud800b https://%zz`, []],
  ]
  for (const [content, expected] of cases) expect([content, hosts(content)]).toEqual([content, expected])
  const long = `${'a.'.repeat(100)}example.com`
  const domains = ['a.a.a.example.com', 'a.a.example.com', 'a.example.com', 'example.com']
  expect(hosts(`https://${long}`)).toEqual([long, ...domains])
  expect(factsOf({ content: 'https://example.com' })).toContain('has:link')
  expect(searchFact('link_hostname', 'BÜCHER.example')).toBe('link_hostname:xn--bcher-kva.example')
})

test('files by name, extension and kind', () => {
  expect(factsOf({ attachments: [file('My Cat.JPG', 'image/jpeg'), file('notes')] })).toEqual([
    'has:file',
    'has:image',
    'attachment_filename:my cat.jpg',
    'attachment_filename:my cat',
    'attachment_filename:notes',
    'attachment_extension:jpg',
  ])
  expect(factsOf({ attachments: [file('a.mp4', 'video/mp4'), file('b.ogg', 'audio/ogg')] })).toEqual(
    expect.arrayContaining(['has:video', 'has:sound']),
  )
})

test('embeds, unless they are suppressed', () => {
  const embeds = [
    { type: 'rich', image: { url: 'https://example.com/a.png' } },
    { type: 'gifv', provider: { name: 'Some  Gifs' }, video: {} },
  ]
  expect(factsOf({ embeds })).toEqual([
    'has:embed',
    'has:image',
    'has:video',
    'embed_type:rich',
    'embed_type:gif',
    'embed_provider:some gifs',
  ])
  expect(factsOf({ embeds, flags: MessageFlag.SUPPRESS_EMBEDS })).toEqual([])
})
