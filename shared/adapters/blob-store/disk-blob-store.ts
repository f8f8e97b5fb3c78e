import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Blob, BlobStore } from '#shared/ports/blob-store.ts'
import { checkBlobKey } from './blob-key.ts'

const LENGTH_BYTES = 2

/**
 * Blobs as files below a folder. Each file begins with its content type and the length of that, so that one rename
 * replaces both.
 */
export class DiskBlobStore implements BlobStore {
  readonly links = undefined
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = path.resolve(folder)
  }

  async put(key: string, body: Uint8Array, contentType: string): Promise<void> {
    const type = Buffer.from(contentType)
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt16BE(type.length)
    await this.#write(key, [length, type, body])
  }

  async #write(key: string, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const file = this.#fileOf(key)
    await mkdir(path.dirname(file), { recursive: true })
    await replace(file, parts)
    for (let folder = file; folder !== this.#folder; ) {
      folder = path.dirname(folder)
      await syncFolder(folder)
    }
  }

  /** The body is of the file as it is now, whatever becomes of the key. It is to be read or destroyed. */
  async get(key: string): Promise<Blob | undefined> {
    const handle = await this.#open(key)
    return handle && closedUnlessDone(handle, () => readBlob(handle))
  }

  async size(key: string): Promise<number | undefined> {
    const handle = await this.#open(key)
    if (!handle) return undefined
    return closedUnlessDone(handle, async () => {
      const { size, body } = await readBlob(handle)
      body.destroy()
      return size
    })
  }

  async copy(from: string, to: string): Promise<boolean> {
    checkBlobKey(to)
    const handle = await this.#open(from)
    if (!handle) return false
    await closedUnlessDone(handle, () => this.#write(to, handle.createReadStream()))
    return true
  }

  /** The file of a key; folders are none. */
  async #open(key: string): Promise<FileHandle | undefined> {
    const handle = await open(this.#fileOf(key)).catch(missing)
    if (!handle) return undefined
    if (await closedUnlessDone(handle, async () => (await handle.stat()).isFile())) return handle
    await handle.close()
    return undefined
  }

  async removeOlder(folder: string, before: number): Promise<number> {
    const inside = this.#fileOf(folder)
    const names = (await readdir(inside).catch(missing)) ?? []
    let removed = 0
    for (const name of names) {
      const file = path.join(inside, name)
      const found = await stat(file).catch(missing)
      if (!found?.isFile() || found.mtimeMs >= before) continue
      await rm(file, { force: true })
      removed++
    }
    return removed
  }

  async remove(key: string): Promise<void> {
    await rm(this.#fileOf(key), { force: true }).catch(missing)
  }

  #fileOf(key: string): string {
    checkBlobKey(key)
    return path.join(this.#folder, key)
  }
}

/** What takes over a file closes it in the end; when it fails before, this does. */
async function closedUnlessDone<T>(handle: FileHandle, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function readBlob(handle: FileHandle) {
  const length = Buffer.alloc(LENGTH_BYTES)
  await handle.read(length, 0, LENGTH_BYTES, 0)
  const type = Buffer.alloc(length.readUInt16BE())
  await handle.read(type, 0, type.length, LENGTH_BYTES)
  const start = LENGTH_BYTES + type.length
  const { size } = await handle.stat()
  return { size: size - start, contentType: type.toString(), body: handle.createReadStream({ start }) }
}

/** A reader sees the old file or the whole new one. */
async function replace(file: string, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  // A name of its own: the file's may already be as long as names can be.
  const temporary = path.join(path.dirname(file), randomUUID())
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      for await (const part of parts) await handle.writeFile(part)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Without it a name may be gone after a power cut, though the file's content is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (['ENOENT', 'ENOTDIR', 'ERR_FS_EISDIR'].includes(error.code ?? '')) return undefined
  throw error
}
