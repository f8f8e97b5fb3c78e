/** By what kind of client somebody is there: the keys of a presence's `client_status`. */
export type Platform = 'desktop' | 'mobile' | 'web'

/** What Discord's own clients call themselves. All others count as pages do. */
const BROWSERS: ReadonlyMap<unknown, Platform> = new Map([
  ['Discord Client', 'desktop'],
  ['Discord Android', 'mobile'],
  ['Discord iOS', 'mobile'],
])

/** Of the `properties` of Identify, in which older clients write `$browser`. */
export function platformOf(properties: unknown): Platform {
  const { browser, $browser } = Object(properties) as Record<string, unknown>
  return BROWSERS.get(browser ?? $browser) ?? 'web'
}
