import { expect, test } from 'vitest'
import { contentTypeOf } from './content-type-of.ts'

test('a file is what its sender says, and where he says nothing what its name says', () => {
  for (const [filename, said, type] of [
    ['cat.png', undefined, 'image/png'],
    ['CAT.JPG', 'application/octet-stream', 'image/jpeg'],
    ['cat.png', 'nonsense', 'image/png'],
    ['cat.png', 'video/mp4', 'video/mp4'],
    ['notes', 'text/plain', 'text/plain'],
    ['cat.png', 'text/plain', 'text/plain'],
    ['cat', 'application/octet-stream', 'application/octet-stream'],
    ['x.constructor', undefined, 'application/octet-stream'],
    ['x.html', undefined, 'application/octet-stream'],
    ['x.svg', 'application/octet-stream', 'application/octet-stream'],
  ] as const)
    expect([filename, said, contentTypeOf(filename, said)]).toEqual([filename, said, type])
})
