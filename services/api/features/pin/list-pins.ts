import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { type Pin, readPins } from '#shared/store/pins.ts'
import type { ApiDeps } from '../../deps.ts'
import type { Viewer } from '../../messages/message-presenter.ts'
import { readInteger } from '../../query.ts'
import { may } from '../../scope.ts'

const PAGE = 50
const params = Type.Object({ channel_id: Snowflake })

/** GET /channels/{channel_id}/messages/pins: newest pin first; `before` is the time of one. */
export const listPins = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/channels/:channel_id/messages/pins',
    tag: 'pins',
    summary: 'Get channel pins',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      params,
      query: Type.Object({ before: Type.Optional(Type.String()), limit: Type.Optional(Type.String()) }),
    },
    handle: async ({ params, query, facts, caller }) => {
      const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: PAGE, otherwise: PAGE })
      if (!limit.ok) return limit
      // Whoever does not encode it sends a blank for the plus of the offset.
      const before = query.before === undefined ? undefined : Date.parse(query.before.replace(' ', '+'))
      // Postgres knows no time before 4713 BC, and there were no pins before the epoch.
      if (Number.isNaN(before) || (before ?? 0) < 0) {
        return refuseField(['before'], 'DATE_TIME_TYPE_PARSE', 'Could not parse the time as ISO 8601.')
      }
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      if (!may(scope.value, Permission.READ_MESSAGE_HISTORY)) return ok({ items: [], has_more: false })
      const page = { channelId: params.channel_id, before, limit: limit.value, viewer: caller }
      const { pins, hasMore } = await readPage(deps, page, facts.newId)
      return ok({
        items: pins.map(({ pinnedAt, message }) => ({ pinned_at: timestamp(pinnedAt), message })),
        has_more: hasMore,
      })
    },
  })

/** GET /channels/{channel_id}/pins, as older clients ask: the newest fifty messages. */
export const listPinnedMessages = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/channels/:channel_id/pins',
    tag: 'pins',
    summary: 'Get pinned messages (deprecated)',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params },
    handle: async ({ params, facts, caller }) => {
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      if (!may(scope.value, Permission.READ_MESSAGE_HISTORY)) return ok([])
      const page = { channelId: params.channel_id, before: undefined, limit: PAGE, viewer: caller }
      const { pins } = await readPage(deps, page, facts.newId)
      return ok(pins.map(({ message }) => message))
    },
  })

/** Deleted messages are no pins, whatever the table says; nor is what is newer than the caller's statement. */
async function readPage(
  { database, timeline, presenter }: ApiDeps,
  page: { channelId: string; before: number | undefined; limit: number; viewer: Viewer },
  newest: string,
): Promise<{ pins: { pinnedAt: number; message: object }[]; hasMore: boolean }> {
  const found: (Pin & { readonly message: object })[] = []
  for (let { before } = page; ; ) {
    const pins = await readPins(database.db, page.channelId, { before, limit: page.limit + 1 })
    const ids = pins.map(({ messageId }) => ({ channelId: page.channelId, messageId }))
    const messages = (await timeline.many(ids, page.viewer.id)).filter(({ id }) => compareIds(id, newest) < 0)
    const shown = await presenter.many(messages, page.viewer)
    const byId = new Map(messages.map(({ id }, index) => [id, { ...shown[index], pinned: true }]))
    for (const pin of pins) {
      const message = byId.get(pin.messageId)
      if (message) found.push({ ...pin, message })
    }
    if (found.length > page.limit || pins.length <= page.limit) break
    before = pins.at(-1)?.pinnedAt
  }
  return { pins: found.slice(0, page.limit), hasMore: found.length > page.limit }
}
