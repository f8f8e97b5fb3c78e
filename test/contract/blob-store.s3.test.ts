import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { S3BlobStore, type S3Options } from '#shared/adapters/blob-store/s3-blob-store.ts'
import type { Blob } from '#shared/ports/blob-store.ts'
import { blobStoreContract } from './blob-store.contract.ts'
import { openTestBucket, s3Describe } from './s3-server.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
async function textOf(blob: Blob | undefined): Promise<string | undefined> {
  if (!blob) return undefined
  const chunks: Uint8Array[] = []
  for await (const chunk of blob.body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

s3Describe.run(s3Describe.title('S3'), () => {
  blobStoreContract('S3', async () => {
    const bucket = await openTestBucket()
    const blobs = new S3BlobStore(bucket.options)
    return {
      blobs,
      // versitygw's are in files of their own.
      typesApart: true,
      async close() {
        blobs.close()
        await bucket.close()
      },
    }
  })

  describe('links and parts', () => {
    let bucket: Awaited<ReturnType<typeof openTestBucket>>
    let blobs: S3BlobStore
    beforeAll(async () => {
      bucket = await openTestBucket()
      blobs = new S3BlobStore(bucket.options)
    })
    afterAll(async () => {
      blobs.close()
      await bucket.close()
    })

    const put = (url: string, body: string, contentType: string) =>
      fetch(url, { method: 'PUT', body, headers: { 'content-type': contentType } })
    const file = { size: 5, contentType: 'image/png', expiresInS: 60 }

    test('a link takes a file of exactly its size and content type, at its key', async () => {
      const key = 'attachments/1/2/ü 漢字.png'
      const link = await blobs.links.upload(key, file)
      for (const [body, contentType] of [
        ['123456', 'image/png'],
        ['1234', 'image/png'],
        ['', 'image/png'],
        ['12345', 'text/html'],
      ] as const) {
        expect((await put(link, body, contentType)).status, `${body} ${contentType}`).toBe(403)
      }
      expect((await put(link.replace('2/', '3/'), '12345', 'image/png')).status).toBe(403)
      expect((await fetch(link)).status).toBe(403)
      expect(await blobs.get(key)).toBeUndefined()
      expect((await put(link, '12345', 'image/png')).status).toBe(200)
      const kept = await blobs.get(key)
      expect(kept).toMatchObject({ size: 5, contentType: 'image/png' })
      expect(await textOf(kept)).toBe('12345')
    })

    test('a link of an empty file takes an empty file', async () => {
      const link = await blobs.links.upload('attachments/1/2/empty', { ...file, size: 0 })
      expect((await put(link, '1', 'image/png')).status).toBe(403)
      expect((await put(link, '', 'image/png')).status).toBe(200)
    })

    test('a link gives the file with the disposition that was asked for', async () => {
      const key = 'attachments/1/2/page.html'
      await blobs.put(key, bytes('<p>'), 'text/html')
      const disposition = "attachment; filename*=UTF-8''%C3%BC.html"
      const answer = await fetch(await blobs.links.download(key, { disposition, expiresInS: 60 }))
      expect(answer.headers.get('content-disposition')).toBe(disposition)
      expect(answer.headers.get('content-type')).toBe('text/html')
      expect(await answer.text()).toBe('<p>')
      const missing = await blobs.links.download('attachments/1/2/none', { disposition, expiresInS: 60 })
      expect((await fetch(missing)).status).toBe(404)
    })

    test('an expired link gives and takes nothing', async () => {
      const key = 'attachments/1/2/late.png'
      await blobs.put(key, bytes('kept'), 'image/png')
      const upload = await blobs.links.upload(key, { ...file, expiresInS: 1 })
      const download = await blobs.links.download(key, { disposition: 'inline', expiresInS: 1 })
      await expect.poll(async () => (await fetch(download)).status, { timeout: 10_000 }).toBe(403)
      expect((await put(upload, '12345', 'image/png')).status).toBe(403)
      expect(await textOf(await blobs.get(key))).toBe('kept')
    })

    test('links are for the public address, in the style that was asked for', async () => {
      const address = async (over: Partial<S3Options>) => {
        const store = new S3BlobStore({ ...bucket.options, bucket: 'files', ...over })
        const link = new URL(await store.links.upload('a/b.png', file))
        store.close()
        return link.origin + link.pathname
      }
      const publicEndpoint = 'https://cdn.example.org'
      expect(await address({ publicEndpoint })).toBe('https://cdn.example.org/files/a/b.png')
      expect(await address({ publicEndpoint, pathStyle: false })).toBe(
        'https://files.cdn.example.org/a/b.png',
      )
      expect(await address({ endpoint: undefined, pathStyle: false, region: 'eu-central-1' })).toBe(
        'https://files.s3.eu-central-1.amazonaws.com/a/b.png',
      )
    })

    test('a key that is a bug gets no link', () => {
      expect(() => blobs.links.upload('a/../b', file)).toThrow('not a blob key')
      expect(() => blobs.links.download('a/../b', { disposition: '', expiresInS: 1 })).toThrow(
        'not a blob key',
      )
    })

    test('an upload in parts that fails is aborted, and what the key had stays', async () => {
      const key = 'attachments/1/2/film.mp4'
      await blobs.put(key, bytes('before'), 'text/plain')
      // S3 takes no part below 5 MiB but the last.
      const small = new S3BlobStore({ ...bucket.options, partSize: 1_000 })
      await expect(small.put(key, new Uint8Array(2_500), 'video/mp4')).rejects.toThrow(
        'S3 did not keep a file: EntityTooSmall',
      )
      small.close()
      expect(await bucket.begunUploads()).toEqual([])
      expect(await textOf(await blobs.get(key))).toBe('before')
    })

    test('a missing bucket is no missing file, and a wrong secret is refused', async () => {
      const elsewhere = new S3BlobStore({ ...bucket.options, bucket: 'there-is-none' })
      await expect(elsewhere.get('a/b')).rejects.toThrow('S3 did not read a file: NoSuchBucket')
      elsewhere.close()
      const credentials = {
        accessKeyId: bucket.options.credentials?.accessKeyId ?? '',
        secretAccessKey: 'no',
      }
      const stranger = new S3BlobStore({ ...bucket.options, credentials })
      await expect(stranger.get('a/b')).rejects.toThrow('S3 did not read a file: SignatureDoesNotMatch')
      stranger.close()
    })
  })
})

describe('S3 in trouble', () => {
  let server: Server | undefined
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })

  const open = async (answer: (response: ServerResponse, request: number) => void) => {
    let requests = 0
    const opened = createServer((_, response) => answer(response, ++requests)).listen(0, '127.0.0.1')
    server = opened
    await once(opened, 'listening')
    const blobs = new S3BlobStore({
      bucket: 'files',
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${(opened.address() as AddressInfo).port}`,
      pathStyle: true,
      credentials: { accessKeyId: 'id', secretAccessKey: 'the-secret' },
    })
    return { blobs, requests: () => requests }
  }

  test('what fails in passing is tried three times', async () => {
    const { blobs, requests } = await open((response, request) =>
      response.writeHead(request < 3 ? 503 : 200).end(),
    )
    await blobs.put('a/b', bytes('x'), 'text/plain')
    expect(requests()).toBe(3)
    blobs.close()
  })

  test('when it is away every call throws, without the secret', async () => {
    const { blobs } = await open(() => {})
    server?.close()
    for (const call of [
      () => blobs.put('a/b', bytes('x'), 'text/plain'),
      () => blobs.get('a/b'),
      () => blobs.remove('a/b'),
    ]) {
      const error = await call().then(
        () => undefined,
        (thrown: Error) => thrown,
      )
      expect(error?.message).toMatch(/^S3 did not (keep|read|remove) a file: ECONNREFUSED/)
      expect(JSON.stringify([error, error?.cause, String(error?.cause)])).not.toContain('the-secret')
    }
    blobs.close()
  })

  test('a body that breaks off is an error, not a short file', async () => {
    const { blobs } = await open((response) => {
      response.writeHead(200, { 'content-length': 1_000, 'content-type': 'text/plain' })
      response.write('x'.repeat(500), () => response.destroy())
    })
    await expect(blobs.get('a/b').then(textOf)).rejects.toThrow()
    blobs.close()
  })
})
