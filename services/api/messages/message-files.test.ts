import { afterAll, beforeAll, expect, test } from 'vitest'
import { LostStore } from '#shared/kernel/lost-store.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'

let rig: Rig
let ada: Person
let general: string
/** How many copies are still to fail. */
let lost = 0

beforeAll(async () => {
  rig = await startRig(({ blobs }) => {
    const copy: BlobStore['copy'] = async (from, to) => {
      if (lost-- > 0) throw new LostStore('it is away')
      return blobs.copy(from, to)
    }
    return {
      blobs: new Proxy(blobs, { get: (target, name) => (name === 'copy' ? copy : bound(target, name)) }),
    }
  })
  ada = await newPerson(rig.httpUrl, 'ada')
  general = (await newGuild(ada)).general
})
afterAll(() => rig.stop())

function bound(target: BlobStore, name: string | symbol): unknown {
  const value = Reflect.get(target, name, target)
  return typeof value === 'function' ? value.bind(target) : value
}

async function uploaded(bytes: string): Promise<string> {
  const body = { files: [{ filename: 'a.txt', file_size: bytes.length }] }
  const { attachments } = await ada.expect('POST', `/channels/${general}/attachments`, body)
  const [{ upload_url, upload_filename, content_type }] = attachments
  await fetch(upload_url, { method: 'PUT', body: bytes, headers: { 'content-type': content_type } })
  return upload_filename
}

const send = (uploaded_filename: string, content?: string) =>
  ada.request('POST', `/channels/${general}/messages`, {
    attachments: [{ id: '0', uploaded_filename }],
    content,
  })

test('[OUT-6] a message whose file could not be copied is sent by a repeat, though the file is claimed', async () => {
  const name = await uploaded('bytes')
  lost = 1
  expect((await send(name)).status).toBe(503)
  const repeated = await send(name)
  expect([repeated.status, repeated.body.attachments[0].size]).toEqual([200, 5])
  expect((await send(name)).body.id).toBe(repeated.body.id)
  expect((await send(name, 'another')).body.code).toBe(50_146)
})

test('a file that is not of the size that was announced is refused', async () => {
  const name = await uploaded('bytes')
  await rig.adapters.blobs.put(`uploads/${name}`, new Uint8Array(6), 'text/plain')
  expect((await send(name)).body.code).toBe(50_045)
  await rig.adapters.blobs.put(`uploads/${name}`, new Uint8Array(5), 'text/plain')
  expect((await send(name)).status).toBe(200)
})

test('a file whose time is over is refused', async () => {
  const name = await uploaded('bytes')
  await rig.database.pool.query('update pending_uploads set expires_at = now() where id = $1', [name])
  expect((await send(name)).body.code).toBe(50_146)
  expect((await ada.request('DELETE', `/attachments/${name}`)).body.code).toBe(50_146)
})
