import { describe, expect, test } from 'vitest'
import { faultOf, partsOf } from './embed-parts.ts'

describe('of an embed there stays', () => {
  test('what is documented, at any depth', () => {
    const embed = {
      title: 'Tea',
      description: null,
      url: '',
      provider: { name: 'x' },
      constructor: { url: 'x' },
      image: { url: 'https://example.org/tea.png', junk: 'x'.repeat(100) },
      thumbnail: { url: null },
      footer: { text: 'five', icon_url: null, proxy_icon_url: 'https://example.org' },
      fields: [{ name: 'milk', value: 'no', junk: 1 }],
    }
    expect(partsOf(embed)).toEqual({
      title: 'Tea',
      image: { url: 'https://example.org/tea.png' },
      footer: { text: 'five' },
      fields: [{ name: 'milk', value: 'no', inline: false }],
    })
  })
})

describe('an embed is refused', () => {
  test.each([
    [{ url: 'javascript:alert(1)' }, ['url'], 'URL_TYPE_INVALID_SCHEME'],
    [{ url: 'attachment://tea.png' }, ['url'], 'URL_TYPE_INVALID_SCHEME'],
    [{ image: { url: 'ftp://example.org' } }, ['image', 'url'], 'URL_TYPE_INVALID_SCHEME'],
    [{ author: { name: 'a', icon_url: 'nowhere' } }, ['author', 'icon_url'], 'URL_TYPE_INVALID_URL'],
    [{ timestamp: 'tea time' }, ['timestamp'], 'DATE_TIME_TYPE_PARSE'],
    [{ fields: [{ name: ' ', value: 'x' }] }, ['fields', 0, 'name'], 'BASE_TYPE_REQUIRED'],
  ])('for %j', (embed, path, code) => {
    expect(faultOf(embed)).toMatchObject({ path, code })
  })

  test.each([
    { title: 'Tea', url: 'https://example.org', timestamp: '2026-01-02T03:04:05.678Z' },
    { image: { url: 'attachment://tea.png' }, thumbnail: { url: 'http://example.org/t' } },
    { footer: { text: 'f', icon_url: 'attachment://f.png' }, fields: [{ name: 'n', value: 'v' }] },
  ])('not for %j', (embed) => {
    expect(faultOf(embed)).toBeUndefined()
  })
})
