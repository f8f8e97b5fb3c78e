import { expect, test } from 'vitest'
import { LostStore } from '#shared/kernel/lost-store.ts'
import { createLogger } from '#shared/platform/logger.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import { SteppedClock } from '#test/support/stepped-clock.ts'
import { sweepUploads } from './sweep-uploads.ts'

test('old uploads are removed at the start and then every ten minutes, also after a failure', async () => {
  const clock = new SteppedClock()
  const swept: [string, number][] = []
  const removeOlder: BlobStore['removeOlder'] = async (folder, before) => {
    swept.push([folder, clock.now() - before])
    if (swept.length === 1) throw new LostStore('it is away')
    return 1
  }
  const logger = createLogger({ service: 'test', level: 'silent' })
  const stopping = new AbortController()
  const sweeping = sweepUploads({ blobs: { removeOlder } as BlobStore, clock, logger }, stopping.signal)
  const hour = 3_600_000
  await clock.advance(599_999)
  expect(swept).toEqual([['uploads', hour]])
  await clock.advance(1)
  expect(swept).toEqual(Array(2).fill(['uploads', hour]))
  stopping.abort()
  await clock.advance(600_000)
  await sweeping
  expect(swept.length).toBe(2)
})
