import { compareIds } from '#shared/kernel/ids.ts'
import type { Emoji } from './emoji.ts'
import type { Guild, GuildChannel, Member, Role } from './entities.ts'

/** Kinds of entries, by Discord's documented names and numbers: those that are written here. */
export const AuditAction = {
  GUILD_UPDATE: 1,
  CHANNEL_CREATE: 10,
  CHANNEL_UPDATE: 11,
  CHANNEL_DELETE: 12,
  CHANNEL_OVERWRITE_CREATE: 13,
  CHANNEL_OVERWRITE_UPDATE: 14,
  CHANNEL_OVERWRITE_DELETE: 15,
  MEMBER_KICK: 20,
  MEMBER_BAN_ADD: 22,
  MEMBER_BAN_REMOVE: 23,
  MEMBER_UPDATE: 24,
  MEMBER_ROLE_UPDATE: 25,
  BOT_ADD: 28,
  ROLE_CREATE: 30,
  ROLE_UPDATE: 31,
  ROLE_DELETE: 32,
  INVITE_CREATE: 40,
  INVITE_DELETE: 42,
  EMOJI_CREATE: 60,
  EMOJI_UPDATE: 61,
  EMOJI_DELETE: 62,
  MESSAGE_DELETE: 72,
  MESSAGE_BULK_DELETE: 73,
  MESSAGE_PIN: 74,
  MESSAGE_UNPIN: 75,
} as const

type Action = (typeof AuditAction)[keyof typeof AuditAction]

export interface AuditChange {
  readonly key: string
  /** Left out where there was nothing. */
  readonly old_value?: unknown
  readonly new_value?: unknown
}

/** What was done, before anybody has done it: action, target, changes, and what the kind of entry adds. */
export interface AuditNote {
  readonly action_type: Action
  readonly target_id: string | null
  readonly changes?: readonly AuditChange[]
  /** All values are strings, numbers among them. */
  readonly options?: Readonly<Record<string, string>>
}

/** Who did it, and the reason that he gave. */
export interface AuditActor {
  readonly user_id: string
  readonly reason: string | undefined
}

/** A line of a guild's audit log. */
export interface AuditEntry extends AuditNote, AuditActor {
  readonly id: string
}

/** Fields of which the log keeps a file's hash are named after that. */
const HASHES: Readonly<Record<string, string>> = { icon: 'icon_hash', banner: 'banner_hash' }

/** Field by field what became of an entity; null: it was not there, or is gone. */
function differences(before: object | null, after: object | null, hidden: readonly string[]): AuditChange[] {
  const was = (before ?? {}) as Record<string, unknown>
  const is = (after ?? {}) as Record<string, unknown>
  return Object.keys({ ...was, ...is }).flatMap((field) => {
    const [old, now] = [was[field] ?? null, is[field] ?? null]
    if (hidden.includes(field) || JSON.stringify(old) === JSON.stringify(now)) return []
    return [
      {
        key: HASHES[field] ?? field,
        ...(old === null ? {} : { old_value: old }),
        ...(now === null ? {} : { new_value: now }),
      },
    ]
  })
}

export const guildUpdated = (before: Guild, after: Guild): AuditNote[] =>
  updated(AuditAction.GUILD_UPDATE, after.id, differences(before, after, ['id', 'emojis']))

export function emojiNotes(before: Emoji | null, after: Emoji | null): AuditNote[] {
  const action_type = actionOf(before, after, 'EMOJI_CREATE', 'EMOJI_UPDATE', 'EMOJI_DELETE')
  return noted(action_type, before, after, differences(before, after, ['id', 'user_id', 'animated']))
}

const ROLE_HIDDEN = ['id', 'position', 'bot_id', 'flags', 'managed']

export function roleNotes(before: Role | null, after: Role | null): AuditNote[] {
  const action_type = actionOf(before, after, 'ROLE_CREATE', 'ROLE_UPDATE', 'ROLE_DELETE')
  return noted(action_type, before, after, differences(before, after, ROLE_HIDDEN))
}

/** The overwrites of a channel that changes have entries of their own; of one that comes or goes they are a field. */
export function channelNotes(before: GuildChannel | null, after: GuildChannel | null): AuditNote[] {
  const hidden = ['id', 'last_pin_timestamp', ...(before && after ? ['permission_overwrites'] : [])]
  const action_type = actionOf(before, after, 'CHANNEL_CREATE', 'CHANNEL_UPDATE', 'CHANNEL_DELETE')
  return noted(action_type, before, after, differences(before, after, hidden))
}

export function overwriteNotes(
  before: GuildChannel,
  after: GuildChannel,
  roles: ReadonlyMap<string, Role>,
): AuditNote[] {
  const byId = ({ permission_overwrites: all }: GuildChannel) => new Map(all.map((one) => [one.id, one]))
  const [old, now] = [byId(before), byId(after)]
  return [...new Set([...old.keys(), ...now.keys()])].sort(compareIds).flatMap((id) => {
    const [was, is] = [old.get(id) ?? null, now.get(id) ?? null]
    const changes = differences(was, is, was && is ? ['id', 'type'] : [])
    if (changes.length === 0) return []
    const type = (is ?? was)?.type
    const role = roles.get(id)
    return {
      action_type: actionOf(
        was,
        is,
        'CHANNEL_OVERWRITE_CREATE',
        'CHANNEL_OVERWRITE_UPDATE',
        'CHANNEL_OVERWRITE_DELETE',
      ),
      target_id: before.id,
      changes,
      options: { id, type: String(type), ...(type === 0 && role ? { role_name: role.name } : {}) },
    }
  })
}

/** A member's own fields, and the roles that he got and lost, are two entries. */
export function memberNotes(before: Member, after: Member, roles: ReadonlyMap<string, Role>): AuditNote[] {
  const id = after.user.id
  const part = (key: '$add' | '$remove', ids: readonly string[]): AuditChange[] =>
    ids.length === 0
      ? []
      : [{ key, new_value: ids.map((role) => ({ id: role, name: roles.get(role)?.name ?? '' })) }]
  return [
    ...updated(AuditAction.MEMBER_UPDATE, id, differences(before, after, ['user', 'roles'])),
    ...updated(AuditAction.MEMBER_ROLE_UPDATE, id, [
      ...part(
        '$add',
        after.roles.filter((role) => !before.roles.includes(role)),
      ),
      ...part(
        '$remove',
        before.roles.filter((role) => !after.roles.includes(role)),
      ),
    ]),
  ]
}

interface InviteFields {
  readonly code: string
  readonly channel_id: string
  readonly inviter_id: string
  readonly uses: number
  readonly max_uses: number
  readonly max_age: number
  readonly temporary: boolean
}

export function inviteNote(before: InviteFields | null, after: InviteFields | null): AuditNote {
  const { code, channel_id, inviter_id, uses, max_uses, max_age, temporary } = (before ??
    after) as InviteFields
  const fields = { code, channel_id, inviter_id, uses, max_uses, max_age, temporary }
  return {
    action_type: before ? AuditAction.INVITE_DELETE : AuditAction.INVITE_CREATE,
    target_id: null,
    changes: before ? differences(fields, null, []) : differences(null, fields, []),
  }
}

type ActionName = keyof typeof AuditAction

const actionOf = (
  before: object | null,
  after: object | null,
  create: ActionName,
  update: ActionName,
  remove: ActionName,
): Action => AuditAction[before ? (after ? update : remove) : create]

const noted = (
  action_type: Action,
  before: { readonly id: string } | null,
  after: { readonly id: string } | null,
  changes: readonly AuditChange[],
): AuditNote[] =>
  before && after
    ? updated(action_type, after.id, changes)
    : [{ action_type, target_id: (after ?? before)?.id ?? null, changes }]

/** A change that changes nothing is no entry. */
const updated = (action_type: Action, target_id: string, changes: readonly AuditChange[]): AuditNote[] =>
  changes.length === 0 ? [] : [{ action_type, target_id, changes }]
