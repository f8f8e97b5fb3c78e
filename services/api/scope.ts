import type { Conversation } from '#shared/domain/conversation/conversation-state.ts'
import { guildPermissions, permissionsInChannel } from '#shared/domain/guild/access.ts'
import {
  ChannelType,
  type Guild,
  type GuildChannel,
  isTextual,
  type Member,
} from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { isHeldBack } from '#shared/domain/guild/verification.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { BucketMap } from '#shared/kernel/bucket-map.ts'
import { asSnowflake } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import type { RequestFacts } from '#shared/ports/request-facts.ts'
import type { Aggregate } from '#shared/protocol/subjects.ts'
import { isBlocked } from '#shared/store/blocks.ts'
import { readConversation } from '#shared/store/conversation-store.ts'
import type { Db } from '#shared/store/database.ts'
import type { StructureCache } from '#shared/store/structure-cache.ts'

/** A guild that the caller is a member of. */
export interface GuildScope {
  readonly kind: 'guild'
  readonly guildId: string
  /** Roles and channels; of the members only the caller. */
  readonly state: GuildState
  readonly member: Member
  readonly permissions: bigint
  /** What the caller may do in one of the guild's channels. */
  in(channel: GuildChannel): bigint
}

export interface GuildChannelScope extends Omit<GuildScope, 'permissions' | 'kind'> {
  readonly kind: 'guild_channel'
  readonly aggregate: Aggregate
  readonly channel: GuildChannel
  /** In this channel. */
  readonly permissions: bigint
}

export interface ConversationScope {
  readonly kind: 'conversation'
  readonly aggregate: Aggregate
  readonly conversation: Conversation
}

export type ChannelScope = GuildChannelScope | ConversationScope

/** Where a message is, as its events name it. */
export interface Place {
  readonly aggregate: Aggregate
  readonly channelType: number
}

export const placeOf = (scope: ChannelScope): Place => ({
  aggregate: scope.aggregate,
  channelType: scope.kind === 'conversation' ? scope.conversation.type : scope.channel.type,
})

/** Loads what a request is about and whether the caller has access to it at all. */
export class Scopes {
  readonly #db: Db
  readonly #structures: StructureCache

  constructor(db: Db, structures: StructureCache) {
    this.#db = db
    this.#structures = structures
  }

  async guild(facts: RequestFacts): Promise<Result<GuildScope, ApiError>> {
    if (!facts.guild) return refuse('UNKNOWN_GUILD')
    const { id, member, structureVersion } = facts.guild
    if (!member) return refuse('MISSING_ACCESS')
    const structure = await this.#structures.get(id, structureVersion)
    if (!structure) return refuse('UNKNOWN_GUILD')
    const state = { ...structure, members: BucketMap.from([[member.user.id, member]]) }
    return ok({
      kind: 'guild',
      guildId: id,
      state,
      member,
      permissions: guildPermissions(state, member, facts.now),
      in: (channel) => permissionsInChannel(state, member, channel, facts.now),
    })
  }

  /** A channel that the caller sees: hidden ones are answered like those of strangers. */
  async channel(facts: RequestFacts): Promise<Result<ChannelScope, ApiError>> {
    if (!facts.channel) return refuse('UNKNOWN_CHANNEL')
    if (!facts.guild) return this.#conversation(facts.channel.id, facts.channel.isRecipient)
    const guild = await this.guild(facts)
    if (!guild.ok) return guild
    const channel = guild.value.state.channels.get(facts.channel.id)
    if (!channel) return refuse('UNKNOWN_CHANNEL')
    const permissions = guild.value.in(channel)
    if (!has(permissions, Permission.VIEW_CHANNEL)) return refuse('MISSING_ACCESS')
    return ok({
      ...guild.value,
      kind: 'guild_channel',
      aggregate: { kind: 'guild', id: asSnowflake(guild.value.guildId) },
      channel,
      permissions,
    })
  }

  /** A channel of messages, in a guild or not. */
  async textChannel(facts: RequestFacts): Promise<Result<ChannelScope, ApiError>> {
    const scope = await this.channel(facts)
    if (scope.ok && scope.value.kind === 'guild_channel' && !isTextual(scope.value.channel.type)) {
      return refuse('NOT_A_TEXT_CHANNEL')
    }
    return scope
  }

  async guildChannel(facts: RequestFacts): Promise<Result<GuildChannelScope, ApiError>> {
    const scope = await this.channel(facts)
    if (!scope.ok) return scope
    return scope.value.kind === 'guild_channel' ? ok(scope.value) : refuse('NOT_IN_DM')
  }

  async #conversation(id: string, isRecipient: boolean): Promise<Result<ConversationScope, ApiError>> {
    if (!isRecipient) return refuse('MISSING_ACCESS')
    const state = await readConversation(this.#db, id)
    if (!state?.conversation) return refuse('UNKNOWN_CHANNEL')
    return ok({
      kind: 'conversation',
      aggregate: { kind: 'conversation', id: asSnowflake(id) },
      conversation: state.conversation,
    })
  }
}

/** Does the caller have the permission here? In a conversation everybody has what reading and writing takes. */
export const may = (scope: ChannelScope, permission: bigint): boolean =>
  scope.kind === 'conversation' || has(scope.permissions, permission)

/** Does the guild's verification level keep the caller from writing, from files for a message, and from typing? */
export const isTooNew = (scope: ChannelScope, { caller, now }: RequestFacts): boolean =>
  scope.kind === 'guild_channel' &&
  isHeldBack(scope.state.guild as Guild, scope.member, { confirmed: caller.verified, now })

/** In a direct conversation: has one of the two blocked the other? Groups do not ask. */
export const isBlockedIn = async (db: Db, scope: ChannelScope, userId: string): Promise<boolean> => {
  if (scope.kind !== 'conversation' || scope.conversation.type !== ChannelType.DM) return false
  const others = scope.conversation.recipients.map(({ id }) => id).filter((id) => id !== userId)
  return isBlocked(db, userId, others)
}
