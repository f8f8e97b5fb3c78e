import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Blob, BlobStore } from '#shared/ports/blob-store.ts'

export interface BlobStoreUnderTest {
  readonly blobs: BlobStore
  /**
   * While a key is being replaced, a body may be met with the content type of another: the server keeps types apart
   * from bodies. S3 itself does not.
   */
  readonly typesApart?: boolean
  close(): Promise<void>
}

const MEGABYTE = 1 << 20

let made = 0
const freshKey = (name = 'cat.png') => `attachments/${++made}/2/${name}`
const bytes = (text: string) => new TextEncoder().encode(text)

/** Every byte value, and no period that a mistake in blocks of any usual size could hide behind. */
function patterned(size: number, salt: number): Uint8Array {
  const body = new Uint8Array(size)
  for (let index = 0; index < size; index++) body[index] = (index % 251) ^ (index >> 8) ^ salt
  return body
}

async function bodyOf(blob: Blob): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of blob.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** What every store of files promises. */
export function blobStoreContract(name: string, open: () => Promise<BlobStoreUnderTest>): void {
  describe(`blob store: ${name}`, () => {
    let blobs: BlobStore
    let opened: BlobStoreUnderTest
    beforeAll(async () => {
      opened = await open()
      blobs = opened.blobs
    })
    afterAll(() => opened.close())

    const read = async (key: string) => {
      const blob = await blobs.get(key)
      if (!blob) return undefined
      const body = await bodyOf(blob)
      expect(blob.size).toBe(body.length)
      return { body, contentType: blob.contentType }
    }
    const expectBody = async (key: string, body: Uint8Array, contentType: string) => {
      const found = await read(key)
      expect(found?.contentType).toBe(contentType)
      expect(found?.body.equals(body)).toBe(true)
    }

    test('a file comes back with its bytes, size and content type', async () => {
      const key = freshKey()
      const body = patterned(70_000, 0)
      await blobs.put(key, body, 'image/png')
      await expectBody(key, body, 'image/png')
      await expectBody(key, body, 'image/png')
    })

    test('a part of a larger buffer is stored as that part', async () => {
      const key = freshKey()
      await blobs.put(key, patterned(1_000, 3).subarray(100, 200), 'image/png')
      await expectBody(key, patterned(1_000, 3).subarray(100, 200), 'image/png')
    })

    test('an empty file is a file', async () => {
      const key = freshKey('empty.txt')
      await blobs.put(key, new Uint8Array(0), 'text/plain')
      await expectBody(key, new Uint8Array(0), 'text/plain')
    })

    test.for(['text/plain; charset="utf-8"', 'application/vnd.a+b; x=y', `text/${'x'.repeat(200)}`, ''])(
      'a content type comes back as it was: %s',
      async (contentType) => {
        const key = freshKey()
        await blobs.put(key, bytes('text/html\nnot a type'), contentType)
        await expectBody(key, bytes('text/html\nnot a type'), contentType)
      },
    )

    test('a name may have characters from everywhere, and be long', async () => {
      const names = [
        'ü 漢字 🎉.png',
        "a'b&c=d#e?f%2e%2e%2f+g.txt",
        '.hidden',
        '...',
        'a..b',
        '-rf',
        `${'x'.repeat(251)}.png`,
      ]
      for (const fileName of names) {
        const key = freshKey(fileName)
        await blobs.put(key, bytes(fileName), 'text/plain')
        await expectBody(key, bytes(fileName), 'text/plain')
      }
    })

    test('names that differ in anything are different files', async () => {
      const keys = ['cat.png', 'cat.png ', ' cat.png', 'cat', 'cat.png.1', 'cat%2epng'].map(
        (fileName) => `attachments/9/9/${fileName}`,
      )
      for (const key of keys) await blobs.put(key, bytes(key), 'text/plain')
      for (const key of keys) await expectBody(key, bytes(key), 'text/plain')
    })

    test('what was never put is missing, and so are the folders and the insides of files', async () => {
      const key = freshKey()
      await blobs.put(key, bytes('cat'), 'image/png')
      const folders = key.split('/').map((_, index, parts) => parts.slice(0, index).join('/'))
      for (const missing of [
        freshKey(),
        `${key}2`,
        `${key}/below`,
        ...folders.filter((folder) => folder !== ''),
      ]) {
        expect(await blobs.get(missing)).toBeUndefined()
        await blobs.remove(missing)
      }
      await expectBody(key, bytes('cat'), 'image/png')
    })

    test('a put replaces what the key had, body and content type', async () => {
      const key = freshKey()
      await blobs.put(key, patterned(50_000, 1), 'image/png')
      await blobs.put(key, bytes('short'), 'text/plain')
      await expectBody(key, bytes('short'), 'text/plain')
      await blobs.put(key, patterned(60_000, 2), 'image/gif')
      await expectBody(key, patterned(60_000, 2), 'image/gif')
    })

    test('a file that is being read stays what it was when it is replaced or removed', async () => {
      const key = freshKey()
      await blobs.put(key, patterned(MEGABYTE, 1), 'image/png')
      const first = await blobs.get(key)
      await blobs.put(key, patterned(MEGABYTE / 2, 2), 'image/gif')
      const second = await blobs.get(key)
      await blobs.remove(key)
      expect(first?.size).toBe(MEGABYTE)
      expect((await bodyOf(first as Blob)).equals(patterned(MEGABYTE, 1))).toBe(true)
      expect((await bodyOf(second as Blob)).equals(patterned(MEGABYTE / 2, 2))).toBe(true)
    })

    test('a file that is left after its beginning holds nothing back', async () => {
      const key = freshKey()
      await blobs.put(key, Buffer.alloc(1 << 20, 'a'), 'image/png')
      const beginnings = Array.from({ length: 200 }, async () => {
        for await (const piece of (await blobs.get(key))?.body ?? []) return piece[0]
        return undefined
      })
      expect(new Set(await Promise.all(beginnings))).toEqual(new Set([0x61]))
    })

    test('a removed file is missing, its neighbours are not, and removing again does nothing', async () => {
      const [key, neighbour] = ['one.png', 'one.png.2'].map((fileName) => `attachments/8/8/${fileName}`) as [
        string,
        string,
      ]
      await blobs.put(key, bytes('one'), 'image/png')
      await blobs.put(neighbour, bytes('two'), 'image/png')
      await blobs.remove(key)
      await blobs.remove(key)
      expect(await blobs.get(key)).toBeUndefined()
      await expectBody(neighbour, bytes('two'), 'image/png')
      await blobs.put(key, bytes('three'), 'image/gif')
      await expectBody(key, bytes('three'), 'image/gif')
    })

    test('a size is told without reading, and there is none of what is missing', async () => {
      const key = freshKey()
      expect(await blobs.size(key)).toBeUndefined()
      await blobs.put(key, patterned(MEGABYTE, 4), 'image/png')
      expect(await blobs.size(key)).toBe(MEGABYTE)
      await blobs.put(key, new Uint8Array(0), '')
      expect(await blobs.size(key)).toBe(0)
      expect(await blobs.size(path.dirname(key))).toBeUndefined()
    })

    test('a copy has the bytes and the type of its moment, and lives apart', async () => {
      const [from, to] = ['uploads/4711', freshKey('ü 漢字?.png')] as const
      await blobs.put(to, bytes('before'), 'text/plain')
      expect(await blobs.copy(from, to)).toBe(false)
      expect(await blobs.copy('uploads', to)).toBe(false)
      await expectBody(to, bytes('before'), 'text/plain')
      await blobs.put(from, patterned(300_000, 5), 'image/png')
      expect(await blobs.copy(from, to)).toBe(true)
      await expectBody(from, patterned(300_000, 5), 'image/png')
      await blobs.put(from, bytes('other'), 'image/gif')
      await expectBody(to, patterned(300_000, 5), 'image/png')
      expect(await blobs.copy(to, freshKey('again.png'))).toBe(true)
      await blobs.remove(from)
      await expectBody(to, patterned(300_000, 5), 'image/png')
    })

    test('of a folder those go that were last put before a moment', async () => {
      const [old, young, deep, beside] = ['swept/1', 'swept/2', 'swept/deep/3', 'swept2/4'] as const
      expect(await blobs.removeOlder('swept', Date.now() + 60_000)).toBe(0)
      for (const key of [old, young, deep, beside]) await blobs.put(key, bytes(key), 'text/plain')
      // Servers tell seconds.
      expect(await blobs.removeOlder('swept', Date.now() - 60_000)).toBe(0)
      await expectBody(old, bytes(old), 'text/plain')
      expect(await blobs.removeOlder('swept', Date.now() + 60_000)).toBe(2)
      expect([await blobs.size(old), await blobs.size(young)]).toEqual([undefined, undefined])
      for (const key of [deep, beside]) await expectBody(key, bytes(key), 'text/plain')
    })

    const hostile = [
      '',
      '/',
      '.',
      '..',
      '../outside',
      '/etc/passwd',
      'a/../b',
      'a/../../b',
      'a/./b',
      'a//b',
      'a/',
      '/a',
      'a\0b',
    ]
    test.for(hostile.map((key) => ({ key })))('a key that is a bug is refused: $key', async ({ key }) => {
      await expect(blobs.get(key)).rejects.toThrow('not a blob key')
      await expect(blobs.put(key, bytes('x'), 'text/plain')).rejects.toThrow('not a blob key')
      await expect(blobs.size(key)).rejects.toThrow('not a blob key')
      await expect(blobs.copy(key, 'a')).rejects.toThrow('not a blob key')
      await expect(blobs.copy('a', key)).rejects.toThrow('not a blob key')
      await expect(blobs.remove(key)).rejects.toThrow('not a blob key')
      await expect(blobs.removeOlder(key, 0)).rejects.toThrow('not a blob key')
    })

    test('20 MB come back as they were', async () => {
      const key = freshKey('film.mp4')
      const body = patterned(20 * MEGABYTE, 7)
      await blobs.put(key, body, 'video/mp4')
      await expectBody(key, body, 'video/mp4')
    })

    test('puts of one key at once leave one of them whole, and a reader never sees a mixture', async () => {
      const key = freshKey()
      const versions = Array.from({ length: 12 }, (_, index) => ({
        body: patterned(100_000 + 10_000 * index, index),
        contentType: `image/type-${index}`,
      }))
      await blobs.put(key, versions[0]?.body as Uint8Array, 'image/type-0')
      let putting = true
      const reading = (async () => {
        const seen: Awaited<ReturnType<typeof read>>[] = []
        while (putting) seen.push(await read(key))
        return [...seen, await read(key)]
      })()
      await Promise.all(versions.map(({ body, contentType }) => blobs.put(key, body, contentType)))
      putting = false
      for (const found of await reading) {
        const version = versions.find(({ body }) => body.length === found?.body.length)
        expect(found?.body.equals(version?.body as Uint8Array)).toBe(true)
        if (opened.typesApart) expect(found?.contentType).toMatch(/^image\/type-\d+$/)
        else expect(found?.contentType).toBe(version?.contentType)
      }
    })

    test('many files are put and read at once', async () => {
      const keys = Array.from({ length: 40 }, () => freshKey())
      await Promise.all(keys.map((key, index) => blobs.put(key, patterned(5_000, index), `image/${index}`)))
      await Promise.all(keys.map((key, index) => expectBody(key, patterned(5_000, index), `image/${index}`)))
    })
  })
}
