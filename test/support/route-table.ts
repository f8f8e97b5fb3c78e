import type { ApiDeps } from '#services/api/deps.ts'
import { apiRoutes } from '#services/api/routes.ts'
import type { AuthDeps } from '#services/auth/deps.ts'
import { authRoutes } from '#services/auth/routes.ts'
import type { Endpoint } from '#shared/platform/http/endpoint.ts'

/** One line of the services' route tables. */
export interface TableRoute {
  /** `PATCH /guilds/{guild_id}` */
  readonly name: string
  readonly method: Endpoint['method']
  readonly template: string
  readonly access: Endpoint['access']
  readonly params: readonly string[]
  readonly takesBody: boolean
  /** Takes `value` for the parameter, as far as its pattern says so. */
  accepts(param: string, value: string): boolean
}

/** All that is served, read from the tables themselves: what endpoints are made of is touched only by calls. */
export const routeTable: readonly TableRoute[] = [
  ...apiRoutes({} as ApiDeps),
  ...authRoutes({} as AuthDeps),
].map(({ method, path, access, schema }) => {
  const template = path.replace(/:(\w+)/g, '{$1}')
  const patterns = (schema.params?.properties ?? {}) as Record<string, { pattern?: string }>
  return {
    name: `${method} ${template}`,
    method,
    template,
    access,
    takesBody: schema.body !== undefined,
    params: [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string),
    accepts: (param, value) => {
      const pattern = patterns[param]?.pattern
      return pattern !== undefined && new RegExp(pattern).test(value)
    },
  }
})

/**
 * The route that serves an operation of another description, whatever it calls its parameters. One of its fixed
 * segments (`@me`) may be a value that a parameter of ours takes.
 */
export function servedBy(operation: string): TableRoute | undefined {
  const [method, template = ''] = operation.split(' ')
  const wanted = template.split('/')
  const fits = (route: TableRoute, accepting: boolean) => {
    const segments = route.template.split('/')
    if (route.method !== method || segments.length !== wanted.length) return false
    return segments.every((segment, n) => {
      const other = wanted[n] as string
      if (!segment.startsWith('{')) return segment === other
      return other.startsWith('{') || (accepting && route.accepts(segment.slice(1, -1), other))
    })
  }
  return routeTable.find((route) => fits(route, false)) ?? routeTable.find((route) => fits(route, true))
}
