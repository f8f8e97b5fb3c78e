import type { LoadHook, ResolveHook } from 'node:module'
import { SABOTAGES } from './sabotages.ts'

/** Modules asked for with `?sabotage=<index>` are loaded anew, all that they import too, with that fault in them. */
const QUERY = /\?sabotage=(\d+)$/
const ROOT = new URL('../../../', import.meta.url).href

export const resolve: ResolveHook = async (specifier, context, next) => {
  const inherited = context.parentURL?.match(QUERY)?.[0]
  if (!inherited) return next(specifier, context)
  const resolved = await next(specifier, {
    ...context,
    parentURL: context.parentURL?.replace(QUERY, '') as string,
  })
  const ours = resolved.url.startsWith(ROOT) && !resolved.url.includes('/node_modules/')
  return ours ? { ...resolved, url: resolved.url + inherited } : resolved
}

export const load: LoadHook = async (url, context, next) => {
  const index = url.match(QUERY)?.[1]
  if (index === undefined) return next(url, context)
  const plain = url.replace(QUERY, '')
  const loaded = await next(plain, context)
  const sabotage = SABOTAGES[Number(index)]
  if (!sabotage || plain !== ROOT + sabotage.file) return loaded
  const source = String(loaded.source)
  if (source.split(sabotage.from).length !== 2)
    throw new Error(`${sabotage.file} does not have exactly once: ${sabotage.from}`)
  return { ...loaded, source: source.replace(sabotage.from, () => sabotage.to) }
}
