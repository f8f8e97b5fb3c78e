import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Blob, BlobStore } from '#shared/ports/blob-store.ts'

/** Blobs as files below `<folder>/files`, their content types in files of the same names below `<folder>/types`. */
export class DiskBlobStore implements BlobStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = path.resolve(folder)
  }

  async put(key: string, body: Uint8Array, contentType: string): Promise<void> {
    await writeDurably(this.#fileOf('types', key), Buffer.from(contentType))
    await writeDurably(this.#fileOf('files', key), body)
  }

  async get(key: string): Promise<Blob | undefined> {
    const file = this.#fileOf('files', key)
    const found = await stat(file).catch(missing)
    if (!found?.isFile()) return undefined
    const contentType = await readFile(this.#fileOf('types', key), 'utf8')
    return { size: found.size, contentType, body: createReadStream(file) }
  }

  async remove(key: string): Promise<void> {
    await rm(this.#fileOf('files', key), { force: true })
    await rm(this.#fileOf('types', key), { force: true })
  }

  /** @throws on a key that leads out of the folder: keys are made by us, so this is a bug */
  #fileOf(part: 'files' | 'types', key: string): string {
    const folder = path.join(this.#folder, part)
    const file = path.resolve(folder, key)
    if (!file.startsWith(folder + path.sep)) throw new Error('not a blob key')
    return file
  }
}

/** A reader sees the old file or the whole new one; after a power cut too. */
async function writeDurably(file: string, body: Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const temporary = `${file}.${randomUUID()}`
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(body)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}
