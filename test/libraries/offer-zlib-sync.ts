import Module, { register } from 'node:module'
import { fileURLToPath } from 'node:url'

const STAND_IN = new URL('zlib-sync.cjs', import.meta.url)

const hooks = `export const resolve = (specifier, context, next) =>
  specifier === 'zlib-sync' ? { url: '${STAND_IN}', format: 'commonjs', shortCircuit: true } : next(specifier, context)`

/**
 * From here on `zlib-sync` can be loaded. discord.js and eris look for it once, when they are loaded, and compress
 * only if it is there.
 */
export function offerZlibSync(): void {
  register(`data:text/javascript,${encodeURIComponent(hooks)}`)
  const loader = Module as unknown as { _resolveFilename(name: string, ...rest: unknown[]): string }
  const resolve = loader._resolveFilename
  loader._resolveFilename = (name, ...rest) =>
    name === 'zlib-sync' ? fileURLToPath(STAND_IN) : resolve.call(loader, name, ...rest)
}
