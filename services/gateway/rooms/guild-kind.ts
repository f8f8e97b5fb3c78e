import { canView } from '#shared/domain/guild/access.ts'
import type { Member } from '#shared/domain/guild/entities.ts'
import { evolveGuild, type GuildChange, type GuildState, NO_GUILD } from '#shared/domain/guild/guild-state.ts'
import type { Relational } from '#shared/protocol/events.ts'
import type { GatewayEvent } from '#shared/protocol/gateway-events.ts'
import { intentOf } from '#shared/protocol/intents.ts'
import type { Db } from '#shared/store/database.ts'
import { readGuildAt } from '#shared/store/guild-store.ts'
import { guildCreate } from '../fold/guild-create.ts'
import { guildDispatches } from '../fold/guild-fold.ts'
import { ownsGuild, wants } from '../fold/session-view.ts'
import type { RoomKind } from './room-kind.ts'

export const guildKind = (db: Db): RoomKind<GuildState> => ({
  kind: 'guild',
  none: NO_GUILD,
  readAt: (id, version) => readGuildAt(db, id, version),
  evolve: (state, event) => {
    const facts = event.facts as Relational<GuildChange>
    return evolveGuild(state, facts.changes, facts.version)
  },
  isMember: (state, userId) => state.members.has(userId),
  noteMessage: (state, event) => {
    if (event.type === 'MESSAGE_CREATE') state.heads.set(event.facts.channel_id, event.facts.message_id)
  },
  newcomers: (event) =>
    (event.type === 'GUILD_MEMBER_ADD' || event.type === 'GUILD_CREATE') && event.facts.user_id
      ? [event.facts.user_id]
      : [],
  serves: ownsGuild,
  dispatches: guildDispatches,
  hears: (view, state, channelId, intent) => wants(view, intent) && canView(state, view.userId, channelId),
  intentFor: (type) => intentOf(type as GatewayEvent, true),
  enter: (view, state) => guildCreate(state, state.members.get(view.userId) as Member, view),
})
