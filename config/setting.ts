import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { Secret } from './secret.ts'

const UNITS = {
  ms: { name: 'milliseconds', ms: 1 },
  s: { name: 'seconds', ms: 1_000 },
  h: { name: 'hours', ms: 3_600_000 },
}

type Kind =
  | {
      readonly type:
        | 'host'
        | 'port'
        | 'path'
        | 'switch'
        | 'secret'
        | 'name'
        | 'servers'
        | 'networks'
        | 'origins'
        | 'mailbox'
    }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | {
      readonly type: 'duration'
      readonly unit: keyof typeof UNITS
      readonly min: number
      readonly max: number
    }
  | { readonly type: 'url'; readonly schemes: readonly string[] }
  /** A URL that may have a password in it; `many`: several, apart by commas. */
  | { readonly type: 'connection'; readonly schemes: readonly string[]; readonly many?: true }

/**
 * A setting as data. Its default is written as it would be in the environment; null leaves it unset, and
 * `required` ones have to be set. What stores are reached by has the names that their own tools use; the rest
 * begins with `GUILDHALL_`.
 */
export type Setting = Kind & {
  readonly env: string
  readonly default: string | null
  readonly required?: true
  readonly description: string
}

/** What a setting is once parsed: durations in milliseconds, paths absolute, URLs without a slash at the end. */
export type SettingValue<S extends Setting> =
  | Present<S>
  | (S extends { readonly required: true } ? never : S['default'] extends null ? null : never)

type Present<S extends Setting> = S extends { readonly type: 'port' | 'integer' | 'duration' }
  ? number
  : S extends { readonly type: 'switch' }
    ? boolean
    : S extends { readonly type: 'enum'; readonly values: readonly (infer V)[] }
      ? V
      : S extends { readonly type: 'secret' | 'connection' }
        ? Secret
        : S extends { readonly type: 'servers' | 'networks' | 'origins' }
          ? readonly string[]
          : string

/** @returns undefined when the text is not what `expectation` says */
export function parseSetting(
  setting: Setting,
  text: string,
): string | number | boolean | readonly string[] | Secret | undefined {
  switch (setting.type) {
    case 'host':
      return isHost(text) ? text : undefined
    case 'port':
      return wholeNumber(text, 0, 65_535)
    case 'path':
      return resolve(text)
    case 'switch':
      return text === 'on' ? true : text === 'off' ? false : undefined
    case 'secret':
      return new Secret(text)
    case 'enum':
      return setting.values.includes(text) ? text : undefined
    case 'integer':
      return wholeNumber(text, setting.min, setting.max)
    case 'duration': {
      const count = wholeNumber(text, setting.min, setting.max)
      return count === undefined ? undefined : count * UNITS[setting.unit].ms
    }
    case 'url':
      return baseUrl(text, setting.schemes)
    case 'connection':
      return connectionsIn(text, setting.many).every((url) => isConnection(url, setting.schemes))
        ? new Secret(text)
        : undefined
    case 'servers':
      return text.split(',').every(isServer) ? text.split(',') : undefined
    case 'networks':
      return text.split(',').every(isNetwork) ? text.split(',') : undefined
    case 'origins':
      return text.split(',').every(isOrigin) ? text.split(',') : undefined
    case 'name':
      return /^[\w.-]{1,128}$/.test(text) ? text : undefined
    case 'mailbox':
      return /^[^\s@<>,]+@[^\s@<>,]+$|^[^<>@,]+ <[^\s@<>,]+@[^\s@<>,]+>$/.test(text) ? text : undefined
  }
}

/** What a setting takes, in words that follow "must be". */
export function expectation(setting: Setting): string {
  switch (setting.type) {
    case 'host':
      return 'a host name or an IP address'
    case 'port':
      return 'a port, 0 to 65535'
    case 'path':
      return 'a path'
    case 'switch':
      return 'on or off'
    case 'secret':
      return 'a secret'
    case 'enum':
      return `one of ${setting.values.join(', ')}`
    case 'integer':
      return `a whole number, ${setting.min} to ${setting.max}`
    case 'duration':
      return `${UNITS[setting.unit].name}, ${setting.min} to ${setting.max}`
    case 'url':
      return `a URL that begins with ${beginnings(setting.schemes)} and has no query`
    case 'connection':
      return `a URL that begins with ${beginnings(setting.schemes)}${setting.many ? '; several apart by commas' : ''}`
    case 'servers':
      return 'host or host:port; several apart by commas'
    case 'networks':
      return 'IP addresses or networks such as 10.0.0.0/8; several apart by commas'
    case 'origins':
      return 'origins such as https://chat.example.org; several apart by commas'
    case 'name':
      return 'letters, digits, dots, dashes and underscores'
    case 'mailbox':
      return 'an address, or a name and <an address>'
  }
}

const beginnings = (schemes: readonly string[]) => schemes.map((scheme) => `${scheme}://`).join(' or ')

const connectionsIn = (text: string, many = false) => (many ? text.split(',') : [text])

function isConnection(text: string, schemes: readonly string[]): boolean {
  return URL.canParse(text) && !text.includes(',') && schemes.includes(new URL(text).protocol.slice(0, -1))
}

/** As a browser sends it: scheme, host, and a port that is not the scheme's. */
const isOrigin = (text: string): boolean =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^(.*?)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  return version !== 0 && (bits === undefined || Number(bits) <= (version === 4 ? 32 : 128))
}

function isServer(text: string): boolean {
  const [, name = '', port] = /^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? []
  return isHost(name) && (port === undefined || wholeNumber(port, 1, 65_535) !== undefined)
}

function wholeNumber(text: string, min: number, max: number): number | undefined {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return number >= min && number <= max ? number : undefined
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text)
}

/** Paths are appended to it, so it ends with neither a slash nor a query. */
function baseUrl(text: string, schemes: readonly string[]): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, username, password, search, hash, href } = new URL(text)
  const plain = username === '' && password === '' && search === '' && hash === ''
  return plain && schemes.includes(protocol.slice(0, -1)) ? href.replace(/\/+$/, '') : undefined
}
