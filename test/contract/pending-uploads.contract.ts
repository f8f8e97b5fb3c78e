import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PendingUpload, PendingUploads } from '#shared/ports/pending-uploads.ts'
import { eventually } from '#test/support/eventually.ts'

export interface PendingUploadsUnderTest {
  /** The same store as a process has it that keeps what it adds for so long. */
  keptFor(seconds: number): PendingUploads
  close(): Promise<void>
}

const LARGEST = 0x7fff_ffff_ffff_ffffn
let made = 0
const upload = (over: Partial<PendingUpload> = {}): PendingUpload => ({
  id: String(LARGEST - BigInt(++made)),
  userId: String(LARGEST),
  channelId: '4611686018427387904',
  filename: `ü 漢字 ${made}.png`,
  size: 26_214_400,
  contentType: 'image/png',
  ...over,
})

/** What every store of announced files promises. */
export function pendingUploadsContract(name: string, open: () => Promise<PendingUploadsUnderTest>): void {
  describe(`pending uploads: ${name}`, () => {
    let opened: PendingUploadsUnderTest
    let uploads: PendingUploads
    let elsewhere: PendingUploads
    beforeAll(async () => {
      opened = await open()
      uploads = opened.keptFor(600)
      elsewhere = opened.keptFor(600)
    })
    afterAll(() => opened.close())

    test('what was added is known everywhere, and nothing else', async () => {
      const added = Array.from({ length: 10 }, (_, size) => upload({ size }))
      await uploads.add(added)
      for (const one of added) expect(await elsewhere.get(one.id)).toEqual({ upload: one, claims: [] })
      expect(await uploads.get(upload().id)).toBeUndefined()
    })

    test('it is claimed by one, who may ask again, and by nobody after him', async () => {
      const [one, other] = [upload(), upload()]
      await uploads.add([one, other])
      expect(await uploads.claim(one.id, 'm:1')).toBe(true)
      expect(await elsewhere.get(one.id)).toEqual({ upload: one, claims: ['m:1'] })
      expect(await elsewhere.claim(one.id, 'm:1')).toBe(true)
      expect(await elsewhere.claim(one.id, 'n:1:2:nonce')).toBe(false)
      expect(await elsewhere.claim(other.id, 'n:1:2:nonce')).toBe(true)
    })

    test('of many that claim it at once at most one has it', async () => {
      const wanted = Array.from({ length: 20 }, () => upload())
      await uploads.add(wanted)
      for (const { id } of wanted) {
        const told = await Promise.all(
          Array.from({ length: 5 }, (_, index) => (index % 2 ? uploads : elsewhere).claim(id, `m:${index}`)),
        )
        expect(told.filter(Boolean).length).toBeLessThanOrEqual(1)
        expect(await uploads.claim(id, 'm:later')).toBe(false)
      }
    })

    test('what is unknown cannot be claimed, and is not made by that', async () => {
      const { id } = upload()
      expect(await uploads.claim(id, 'm:1')).toBe(false)
      expect(await uploads.get(id)).toBeUndefined()
    })

    test('it is forgotten when its time is over, claimed or not', async () => {
      const brief = opened.keptFor(2)
      const [free, claimed, kept] = [upload(), upload(), upload()]
      await uploads.add([kept])
      await brief.add([free, claimed])
      expect(await brief.claim(claimed.id, 'm:1')).toBe(true)
      for (const { id } of [free, claimed])
        await eventually('its end', async () => (await uploads.get(id)) === undefined)
      expect(await brief.claim(free.id, 'm:1')).toBe(false)
      expect(await brief.claim(claimed.id, 'm:1')).toBe(false)
      await brief.add([upload()])
      expect(await uploads.get(kept.id)).toEqual({ upload: kept, claims: [] })
    })
  })
}
