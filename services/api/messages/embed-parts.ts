type Json = Readonly<Record<string, unknown>>

export type Embed = Json

/** A part of an embed that cannot be shown: where it is, and why. */
export interface EmbedFault {
  readonly path: readonly (string | number)[]
  readonly code: string
  readonly message: string
}

/** Fields by the documentation; of those that are objects, theirs. */
const PARTS: ReadonlyMap<string, readonly string[] | null> = new Map([
  ['title', null],
  ['description', null],
  ['url', null],
  ['timestamp', null],
  ['color', null],
  ['footer', ['text', 'icon_url']],
  ['image', ['url']],
  ['thumbnail', ['url']],
  ['author', ['name', 'url', 'icon_url']],
  ['fields', null],
])
const LINKS: ReadonlySet<string> = new Set(['url', 'icon_url'])
/** Pictures may be files of the same message. */
const PICTURES: ReadonlySet<string> = new Set(['image', 'thumbnail', 'icon_url'])

/** What there is of an embed by the documentation: others are shown nothing else that its sender has put there. */
export function partsOf(embed: Json): Json {
  const parts = Object.entries(embed).flatMap(([key, value]): [string, unknown][] => {
    const fields = PARTS.get(key)
    if (fields === undefined || value === null || value === '') return []
    if (key === 'fields') return [[key, (value as readonly Json[]).map(fieldOf)]]
    if (fields === null) return [[key, value]]
    const kept = Object.entries(value as Json).filter(
      ([name, part]) => fields.includes(name) && part !== null && !(LINKS.has(name) && part === ''),
    )
    return kept.length === 0 ? [] : [[key, Object.fromEntries(kept)]]
  })
  return Object.fromEntries(parts)
}

const fieldOf = ({ name, value, inline }: Json) => ({ name, value, inline: inline ?? false })

/** A picture as it is shown: an icon is its link alone. */
interface Picture {
  readonly url: string
  readonly width?: number
  readonly height?: number
}

/** With its pictures as they are shown; the link of its title is none. */
export const withPictures = (embed: Embed, show: (url: string) => Picture): Embed =>
  Object.fromEntries(
    Object.entries(embed).map(([key, value]) => {
      if (!PARTS.get(key)) return [key, value]
      if (PICTURES.has(key)) return [key, show(String((value as Json).url))]
      const parts = Object.entries(value as Json)
      const shown = parts.map(([name, part]) => [name, PICTURES.has(name) ? show(String(part)).url : part])
      return [key, Object.fromEntries(shown)]
    }),
  )

/** Links that lead nowhere or run something, fields that say nothing, times that are none. */
export function faultOf(embed: Json): EmbedFault | undefined {
  if (typeof embed.timestamp === 'string' && Number.isNaN(Date.parse(embed.timestamp)))
    return {
      path: ['timestamp'],
      code: 'DATE_TIME_TYPE_PARSE',
      message: 'Could not parse value. Should be ISO8601.',
    }
  for (const [index, field] of ((embed.fields ?? []) as readonly Json[]).entries())
    for (const key of ['name', 'value'])
      if (String(field[key]).trim() === '')
        return { path: ['fields', index, key], code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }
  return linksOf(embed)
    .map(linkFault)
    .find((fault) => fault !== undefined)
}

type Link = readonly [path: readonly string[], url: string]

const linksOf = (embed: Json): Link[] =>
  Object.entries(embed).flatMap(([key, value]): Link[] => {
    if (key === 'url') return [[[key], String(value)]]
    if (!PARTS.get(key)) return []
    const links = Object.entries(value as Json).filter(([name]) => LINKS.has(name))
    return links.map(([name, url]) => [[key, name], String(url)])
  })

function linkFault([path, url]: Link): EmbedFault | undefined {
  if (!URL.canParse(url)) return { path, code: 'URL_TYPE_INVALID_URL', message: 'Not a well formed URL.' }
  const schemes = ['http:', 'https:', ...(path.some((step) => PICTURES.has(step)) ? ['attachment:'] : [])]
  if (schemes.includes(new URL(url).protocol)) return undefined
  const names = schemes.map((scheme) => `'${scheme.slice(0, -1)}'`).join(', ')
  return { path, code: 'URL_TYPE_INVALID_SCHEME', message: `The scheme must be one of (${names}).` }
}
