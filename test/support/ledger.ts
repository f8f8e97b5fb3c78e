import type { Observer } from './people.ts'

type Entry = Parameters<Observer>[2] & { readonly method: string; readonly path: string }

export interface Route {
  readonly method: string
  /** With `{channel_id}` for parameters, below the prefix. */
  readonly template: string
  readonly needsToken: boolean
}

interface Document {
  readonly paths: Record<string, Record<string, { readonly security?: unknown }>>
}

/** What was asked of a server and what it answered: for what must hold of every answer and of every route. */
export class Ledger {
  readonly entries: Entry[] = []
  readonly observe: Observer = (method, path, exchange) => this.entries.push({ ...exchange, method, path })
}

/** The routes of an OpenAPI document, in the order in which they are to be compared: fixed segments win. */
export function routesIn({ paths }: Document): Route[] {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      template: path.replace(/^\/api\/v10/, ''),
      needsToken: security !== undefined,
    })),
  )
  return routes.sort((a, b) => parametersOf(a.template).length - parametersOf(b.template).length)
}

export const parametersOf = (template: string): string[] => template.match(/\{\w+\}/g) ?? []

/** The route that answered: of those whose path fits, the most special one. */
export function routeOf(
  routes: readonly Route[],
  { method, path }: Pick<Entry, 'method' | 'path'>,
): Route | undefined {
  const plain = path.replace(/\?.*/, '')
  return routes.find((route) => {
    const pattern = route.template.replace(/\{\w+\}/g, '[^/]+')
    return route.method === method && new RegExp(`^${pattern}$`).test(plain)
  })
}
