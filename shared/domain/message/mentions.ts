import { isSnowflake } from '#shared/kernel/ids.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'

/** What a text mentions, each id once, in the order of the text. */
export interface Mentions {
  readonly users: readonly string[]
  readonly roles: readonly string[]
  readonly channels: readonly string[]
  readonly everyone: boolean
  readonly here: boolean
}

export const MENTION_KINDS = ['users', 'roles', 'everyone'] as const

export type MentionKind = (typeof MENTION_KINDS)[number]

/** `allowed_mentions` of a request. All fields may also be null. */
export interface AllowedMentions {
  readonly parse?: readonly MentionKind[] | null
  readonly users?: readonly string[] | null
  readonly roles?: readonly string[] | null
  readonly replied_user?: boolean | null
}

const MENTION =
  /\\[^0-9A-Za-z\s]|<@!?([1-9][0-9]{0,18})>|<@&([1-9][0-9]{0,18})>|<#([1-9][0-9]{0,18})>|@(everyone|here)/g

/** Code, in blocks or inline, mentions nobody, and neither does what a backslash escapes: as clients show it. */
export function parseMentions(content: string): Mentions {
  const users = new Set<string>()
  const roles = new Set<string>()
  const channels = new Set<string>()
  let everyone = false
  let here = false
  for (const [, user, role, channel, all] of withoutCode(content).matchAll(MENTION)) {
    if (user && isSnowflake(user)) users.add(user)
    else if (role && isSnowflake(role)) roles.add(role)
    else if (channel && isSnowflake(channel)) channels.add(channel)
    else if (all === 'everyone') everyone = true
    else if (all === 'here') here = true
  }
  return { users: [...users], roles: [...roles], channels: [...channels], everyone, here }
}

/** Whom a message notifies: what it mentions and may. Its `mentions`, `mention_roles` and `mention_everyone`. */
export interface ResolvedMentions {
  readonly users: readonly string[]
  readonly roles: readonly string[]
  readonly everyone: boolean
}

/**
 * Absent: everything mentioned counts, and so does the author replied to. Present: only the kinds in `parse` and
 * the ids listed, and the author replied to only with `replied_user: true`; `{}` therefore silences all. A list
 * beside its own kind in `parse` is ambiguous: the error names the field. Whether the author may mention everyone
 * or a role, and whether they exist, the caller knows.
 */
export function resolveAllowedMentions(
  allowed: AllowedMentions | null | undefined,
  message: {
    readonly mentions: Mentions
    readonly repliedUserId?: string | undefined
    /** What counts when `allowed` is absent: webhooks and interactions parse users only. */
    readonly byDefault?: readonly MentionKind[]
  },
): Result<ResolvedMentions, { readonly code: 'ambiguous'; readonly field: 'users' | 'roles' }> {
  const parse = allowed ? (allowed.parse ?? []) : (message.byDefault ?? MENTION_KINDS)
  for (const field of ['users', 'roles'] as const) {
    if (parse.includes(field) && allowed?.[field]?.length) return err({ code: 'ambiguous', field })
  }
  const { mentions, repliedUserId } = message
  const permitted = (field: 'users' | 'roles') =>
    parse.includes(field) ? mentions[field] : mentions[field].filter((id) => allowed?.[field]?.includes(id))
  const users = new Set(permitted('users'))
  if (repliedUserId && (allowed ? allowed.replied_user === true : parse.includes('users')))
    users.add(repliedUserId)
  return ok({
    users: [...users],
    roles: permitted('roles'),
    everyone: parse.includes('everyone') && (mentions.everyone || mentions.here),
  })
}

/**
 * Three backticks open a block that ends at the next three; any other run opens inline code that ends at a run of
 * the same length. A run that nothing closes is text. Scanned by hand: as a regular expression with a
 * back-reference, 2,000 backticks take cubic time.
 */
export function withoutCode(content: string): string {
  let text = ''
  let at = 0
  while (at < content.length) {
    const next = content.indexOf('`', at)
    if (next < 0) break
    if (isEscaped(content, next)) {
      text += content.slice(at, next + 1)
      at = next + 1
      continue
    }
    const open = endOfRun(content, next)
    const close = endOfCode(content, next, open)
    text += close < 0 ? content.slice(at, open) : `${content.slice(at, next)} `
    at = close < 0 ? open : close
  }
  return text + content.slice(at)
}

function endOfRun(content: string, start: number): number {
  let end = start
  while (content[end] === '`') end++
  return end
}

/** The index after the code that opens with the backticks from `start` to `open`; -1 if it is never closed. */
function endOfCode(content: string, start: number, open: number): number {
  if (open - start >= 3) {
    const close = content.indexOf('```', open)
    return close < 0 ? -1 : close + 3
  }
  let next = content.indexOf('`', open)
  while (next >= 0) {
    const end = endOfRun(content, next)
    if (end - next === open - start) return end
    next = content.indexOf('`', end)
  }
  return -1
}

function isEscaped(content: string, at: number): boolean {
  let backslashes = 0
  while (content[at - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}
