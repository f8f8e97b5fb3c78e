import { canView, guildPermissions, permissionsInChannel, sightOf } from '#shared/domain/guild/access.ts'
import type { Member } from '#shared/domain/guild/entities.ts'
import type { GuildChange, GuildState } from '#shared/domain/guild/guild-state.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { Intent, intentOf } from '#shared/protocol/intents.ts'
import { channelJson } from './channel-json.ts'
import type { Dispatch } from './dispatch.ts'
import { guildCreate } from './guild-create.ts'
import { messageDispatches } from './message-fold.ts'
import { type SessionView, wants } from './session-view.ts'

/**
 * What one session is sent for one event of a guild: a pure function of the event and of the guild's state on
 * both sides of it [VIS-1]. Live fan-out and RESUME both count by it.
 */
export function guildDispatches(
  view: SessionView,
  event: LogEvent,
  before: GuildState,
  after: GuildState,
): Dispatch[] {
  if (!('version' in event.facts)) {
    return messageDispatches(view, event, canView(after, view.userId, event.facts.channel_id), true)
  }
  const was = before.members.get(view.userId)
  const is = after.members.get(view.userId)
  if (!wants(view, Intent.GUILDS))
    return was && is
      ? [
          ...memberDispatch(view, event),
          ...moderationDispatch(view, event, after),
          ...inviteDispatch(view, event, after),
          ...emojisDispatch(view, event),
        ]
      : []
  if (!was) return is ? [guildCreate(after, is, view)] : []
  if (!is) return [{ t: 'GUILD_DELETE', d: JSON.stringify({ id: guildIdOf(before) }) }]
  return [
    ...ownDispatch(view, event, before, after),
    ...visibilityDispatches(view.userId, event.facts.changes as readonly GuildChange[], before, after),
  ]
}

/** The event's own dispatch, to a member who was one before and after. */
function ownDispatch(view: SessionView, event: LogEvent, before: GuildState, after: GuildState): Dispatch[] {
  switch (event.type) {
    case 'GUILD_UPDATE':
    case 'GUILD_ROLE_CREATE':
    case 'GUILD_ROLE_UPDATE':
      return [{ t: event.type, d: event.d }]
    case 'GUILD_ROLE_DELETE': // of many members in pieces, of which the last tells it
      return event.d === '' ? [] : [{ t: event.type, d: event.d }]
    case 'GUILD_MEMBER_ADD':
    case 'GUILD_MEMBER_UPDATE':
    case 'GUILD_MEMBER_REMOVE':
      return memberDispatch(view, event)
    case 'GUILD_BAN_ADD':
    case 'GUILD_BAN_REMOVE':
    case 'GUILD_AUDIT_LOG_ENTRY_CREATE':
      return moderationDispatch(view, event, after)
    case 'CHANNEL_UPDATE': {
      const id = event.facts.changes[0]?.id ?? ''
      const channel = after.channels.get(id)
      const both = canView(before, view.userId, id) && canView(after, view.userId, id)
      // Clients take a channel without its last message for one in which nothing was said.
      return both && channel ? [{ t: event.type, d: channelJson(channel, after) }] : []
    }
    case 'CHANNEL_PINS_UPDATE':
      return canView(after, view.userId, event.facts.channel_id ?? '') ? [{ t: event.type, d: event.d }] : []
    case 'INVITE_CREATE':
    case 'INVITE_DELETE':
      return inviteDispatch(view, event, after)
    case 'GUILD_EMOJIS_UPDATE':
      return emojisDispatch(view, event)
    default:
      return [] // creations and deletions of channels follow from visibility
  }
}

function memberDispatch(view: SessionView, event: LogEvent): Dispatch[] {
  if (
    event.type !== 'GUILD_MEMBER_ADD' &&
    event.type !== 'GUILD_MEMBER_UPDATE' &&
    event.type !== 'GUILD_MEMBER_REMOVE'
  ) {
    return []
  }
  const own = event.type === 'GUILD_MEMBER_UPDATE' && event.facts.user_id === view.userId
  return own || wants(view, intentOf(event.type, true)) ? [{ t: event.type, d: event.d }] : []
}

/** Bans are told to who may ban or read the audit log, its entries to the latter alone. */
function moderationDispatch(view: SessionView, event: LogEvent, after: GuildState): Dispatch[] {
  if (
    event.type !== 'GUILD_BAN_ADD' &&
    event.type !== 'GUILD_BAN_REMOVE' &&
    event.type !== 'GUILD_AUDIT_LOG_ENTRY_CREATE'
  ) {
    return []
  }
  if (!wants(view, intentOf(event.type, true))) return []
  const own = guildPermissions(after, after.members.get(view.userId) as Member)
  const allowed =
    has(own, Permission.VIEW_AUDIT_LOG) ||
    (event.type !== 'GUILD_AUDIT_LOG_ENTRY_CREATE' && has(own, Permission.BAN_MEMBERS))
  return allowed ? [{ t: event.type, d: event.d }] : []
}

/** To who manages the channel. */
function inviteDispatch(view: SessionView, event: LogEvent, after: GuildState): Dispatch[] {
  if (event.type !== 'INVITE_CREATE' && event.type !== 'INVITE_DELETE') return []
  const told =
    wants(view, intentOf(event.type, true)) && managesChannel(after, view.userId, event.facts.channel_id)
  return told ? [{ t: event.type, d: event.d }] : []
}

const emojisDispatch = (view: SessionView, event: LogEvent): Dispatch[] =>
  event.type === 'GUILD_EMOJIS_UPDATE' && wants(view, intentOf(event.type, true))
    ? [{ t: event.type, d: event.d }]
    : []

/** CHANNEL_CREATE and CHANNEL_DELETE for what came into or went out of the user's sight, in id order [VIS-3]. */
function visibilityDispatches(
  userId: string,
  changes: readonly GuildChange[],
  before: GuildState,
  after: GuildState,
): Dispatch[] {
  const sawThen = sightOf(before, before.members.get(userId) as Member)
  const seesNow = sightOf(after, after.members.get(userId) as Member)
  return affectedChannels(userId, changes, before, after).flatMap((id): Dispatch[] => {
    const old = before.channels.get(id)
    const now = after.channels.get(id)
    const gone = old && sawThen(old) ? old : undefined
    const come = now && seesNow(now) ? now : undefined
    if (gone && !come) return [{ t: 'CHANNEL_DELETE', d: channelJson(gone, after) }]
    if (!gone && come) return [{ t: 'CHANNEL_CREATE', d: channelJson(come, after) }]
    return []
  })
}

function affectedChannels(
  userId: string,
  changes: readonly GuildChange[],
  before: GuildState,
  after: GuildState,
): readonly string[] {
  const all = changes.some(
    (change) =>
      change.kind === 'role' || change.kind === 'guild' || (change.kind === 'member' && change.id === userId),
  )
  if (!all) return changes.flatMap((change) => (change.kind === 'channel' ? change.id : [])).sort(compareIds)
  return [...new Set([...before.channels.keys(), ...after.channels.keys()])].sort(compareIds)
}

function managesChannel(state: GuildState, userId: string, channelId: string | undefined): boolean {
  const member = state.members.get(userId)
  const channel = state.channels.get(channelId ?? '')
  if (!member || !channel) return false
  return has(permissionsInChannel(state, member, channel), Permission.MANAGE_CHANNELS)
}

const guildIdOf = (state: GuildState): string => state.guild?.id ?? ''
