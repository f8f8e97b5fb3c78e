/** A fault that is planted into the product's source as it is loaded. */
export interface Sabotage {
  readonly name: string
  /** Below the project's root. */
  readonly file: string
  /** Text without types, which the file has exactly once. */
  readonly from: string
  readonly to: string
  /** A seed that finds it, to look there first; any change of the simulator may make it another one. */
  readonly seed?: number
}

/**
 * Each must be found within 1,000 seeds. Those whose name begins with `again` put back what the simulator has
 * found in the product before.
 */
export const SABOTAGES: readonly Sabotage[] = [
  {
    name: 'dedupe ids count for nothing',
    file: 'shared/adapters/event-log/append-decision.ts',
    from: 'if (seen !== undefined) return ok({ position: seen, duplicate: true })',
    to: '',
    seed: 2,
  },
  {
    name: 'the guard of a changed message is off',
    file: 'services/api/messages/message-changes.ts',
    from: 'id: requestId, expectedLast: current.value.last',
    to: 'id: requestId',
    seed: 27,
  },
  {
    name: 'the guard of the chains is off',
    file: 'shared/store/outbox-appender.ts',
    from: '{ id, expectedLast: previous }',
    to: '{ id }',
    seed: 1,
  },
  {
    name: 'a message is acknowledged before it is written',
    file: 'services/api/messages/message-creation.ts',
    from: "if (!appended.ok) return err({ code: 'not_created', cause: appended.error })",
    to: 'if (!appended.ok) return ok(shown)',
    seed: 3,
  },
  {
    name: 'a change is acknowledged before it is in the log',
    file: 'shared/store/guild-writer.ts',
    from: 'return appended.ok ? result : appended',
    to: 'return result',
    seed: 3,
  },
  {
    name: 'a cursor is one position too far',
    file: 'services/gateway/session/session.ts',
    from: 'return { s: seq, position: head }',
    to: 'return { s: seq, position: head + 1 }',
    seed: 1,
  },
  {
    name: 'a mark is one dispatch too far',
    file: 'services/gateway/session/session.ts',
    from: 'this.#marks.note(this.#s, event.position',
    to: 'this.#marks.note(this.#s + 1, event.position',
    seed: 3,
  },
  {
    name: 'the record moves ahead of the heartbeat',
    file: 'services/gateway/session/connection.ts',
    from: 'session?.acknowledged(seq, this.#core.window.head)',
    to: 'session?.acknowledged(session.s, this.#core.window.head)',
    seed: 1,
  },
  {
    name: 'cached permission inputs are used at any version',
    file: 'shared/store/structure-cache.ts',
    from: 'if (kept?.version === structureVersion) return kept.state',
    to: 'if (kept) return kept.state',
    seed: 1,
  },
  {
    name: 'changes of channels do not count as structure',
    file: 'shared/store/guild-writer.ts',
    from: "event.changes.some((change) => change.kind !== 'member')",
    to: "event.changes.some((change) => change.kind === 'role')",
    seed: 1,
  },
  {
    name: 'undo keeps the new channel',
    file: 'shared/domain/guild/guild-state.ts',
    from: 'return [{ ...change, value: state.channels.get(change.id) ?? null }]',
    to: 'return [change]',
    seed: 1,
  },
  {
    name: 'undo is left out',
    file: 'shared/store/guild-store.ts',
    from: 'state = evolveGuild(state, JSON.parse(row.undo)',
    to: 'state = evolveGuild(state, [] || (row.undo)',
    seed: 1,
  },
  {
    name: 'overwrites: the allowances come before the denials',
    file: 'shared/domain/permissions/compute.ts',
    from: 'bits = (bits & ~deny) | allow',
    to: 'bits = (bits | allow) & ~deny',
    seed: 79,
  },
  {
    name: "overwrites: the member's own comes before those of roles",
    file: 'shared/domain/permissions/compute.ts',
    from: 'let bits = (base & ~overwrites.everyone.deny) | overwrites.everyone.allow',
    to: 'let bits = (base & ~overwrites.everyone.deny) | overwrites.everyone.allow; const first = overwrites.members.get(member.userId); if (first) { bits = (bits & ~first.deny) | first.allow; overwrites = { ...overwrites, members: new Map() } }',
    seed: 4,
  },
  {
    name: "overwrites: @everyone's denial is forgotten",
    file: 'shared/domain/permissions/compute.ts',
    from: '(base & ~overwrites.everyone.deny) | overwrites.everyone.allow',
    to: 'base | overwrites.everyone.allow',
    seed: 1,
  },
  {
    name: 'the lock of a guild is not taken',
    file: 'shared/store/guild-store.ts',
    from: '.forUpdate()',
    to: '',
    seed: 1,
  },
  {
    name: 'the purge runs ahead of the timeline',
    file: 'services/relay/purge.ts',
    from: "projections.position('timeline'),",
    to: '',
    seed: 14,
  },
  {
    name: 'the relay sweeps nothing',
    file: 'services/relay/sweep.ts',
    from: 'const appended = await appender.append(aggregate)',
    to: 'const appended = { ok: true }',
    seed: 78,
  },
  {
    name: 'a projection confirms before it applies',
    file: 'services/indexer/follow.ts',
    from: 'await apply(events)\n',
    to: 'await projections.confirm(name, events.at(-1).position); await apply(events)\n',
    seed: 3,
  },
  {
    name: 'what the log has beyond the timeline is not applied',
    file: 'services/api/messages/message-changes.ts',
    from: 'if (last) await this.#applyBeyond(subject, last.position)',
    to: '',
    seed: 890,
  },
  {
    name: 'audiences outlive the change that made them wrong',
    file: 'services/gateway/rooms/room.ts',
    from: 'this.#audiences.clear()\n    for (const listener of this.#listeners)',
    to: 'for (const listener of this.#listeners)',
    seed: 3,
  },
  {
    name: 'who joins a guild is shown it and hears no more',
    file: 'services/gateway/rooms/room.ts',
    from: 'this.#tell(listener, event, before, frames)\n      this.attach(listener)',
    to: 'this.#tell(listener, event, before, frames)',
    seed: 1,
  },
  {
    name: 'a room is loaded as it is now, not as it was',
    file: 'services/gateway/rooms/rooms.ts',
    from: 'const state = await kind.readAt(id, version)',
    to: 'const state = await kind.readAt(id, Number.MAX_SAFE_INTEGER)',
    seed: 52,
  },
  {
    name: 'a RESUME sends what the client has',
    file: 'services/gateway/session/session.ts',
    from: 'if (this.#s > this.#silentUntil) this.outbound.dispatch(frame, this.#s)',
    to: 'if (this.#s >= this.#silentUntil) this.outbound.dispatch(frame, this.#s)',
    seed: 1,
  },
  {
    name: 'a RESUME takes the memberships of now',
    file: 'services/gateway/session/open-session.ts',
    from: '[...identity.guildIds, ...identity.formerGuildIds]',
    to: '[...identity.guildIds]',
    seed: 10,
  },
  {
    name: 'search looks into every channel',
    file: 'services/api/features/search/search-messages.ts',
    from: 'isTextual(channel.type) && has(scope.value.in(channel), READING)',
    to: 'isTextual(channel.type)',
    seed: 3,
  },
  {
    name: 'a create that ended in 503 leaves no note',
    file: 'shared/store/create-attempts.ts',
    from: 'const written = (async () => {',
    to: 'const written = (async () => { return;',
    seed: 16,
  },
  {
    name: 'again: a gateway that the purge has overtaken waits for ever',
    file: 'services/gateway/tail.ts',
    from: 'await this.#startOverIfLost()',
    to: '',
    seed: 5,
  },
  {
    name: 'again: a RESUME does not wait for a tail that is behind',
    file: 'services/gateway/session/open-session.ts',
    from: "while (state === 'ready' && session.s < frame.seq && core.window.head < last) {",
    to: 'while (false) {',
    seed: 4,
  },
  {
    name: 'again: an index that the purge has overtaken is not built anew',
    file: 'services/indexer/follow.ts',
    from: 'await options.rebuild?.(purged)',
    to: '',
    seed: 4,
  },
  {
    name: "again: a repeat is answered with somebody else's message",
    file: 'services/api/messages/message-creation.ts',
    from: 'event?.position !== position || event.type',
    to: 'event?.type',
    seed: 198,
  },
  {
    name: 'again: who slept takes the newest mark for the one before',
    file: 'shared/store/outbox-appender.ts',
    from: ".where('version', '<', String(version))",
    to: '',
    seed: 1,
  },
  {
    name: 'every message is refused',
    file: 'services/api/features/message/create-message.ts',
    from: 'if (!may(scope, Permission.SEND_MESSAGES))',
    to: 'if (scope)',
    seed: 1,
  },
  {
    name: 'anybody may kick',
    file: 'services/api/features/member/kick-member.ts',
    from: '!has(guildPermissions(tx.state, actor, facts.now), Permission.KICK_MEMBERS)',
    to: 'false',
    seed: 2,
  },
  {
    name: 'a reaction is added again',
    file: 'services/api/features/reaction/add-reaction.ts',
    from: 'if (existing?.me) return ok(null)',
    to: '',
    seed: 1,
  },
  {
    name: 'a guild is not shown while connecting',
    file: 'services/gateway/session/open-session.ts',
    from: 'if (tellsGuild) session.count(frameOf(room.kind.enter(view, room.state)))',
    to: 'if (tellsGuild && !view.bot) session.count(frameOf(room.kind.enter(view, room.state)))',
    seed: 1,
  },
  {
    name: 'what happens while guilds are loaded is left out',
    file: 'services/gateway/session/open-session.ts',
    from: 'emit: (dispatch, event) => session.deliver(frameOf(dispatch), event),',
    to: 'emit: () => {},',
    seed: 5,
  },
]
