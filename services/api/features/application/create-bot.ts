import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { hashToken, newToken } from '#shared/protocol/tokens.ts'
import type { ApiDeps } from '../../deps.ts'

const params = Type.Object({ application_id: Snowflake })

/** POST /applications/{application_id}/bot: makes the bot, or gives it a new token; the old one is void. */
export const createBot = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/applications/:application_id/bot',
    tag: 'applications',
    summary: 'Create bot',
    access: 'verified',
    bucket: Buckets.creations,
    isSecret: true,
    schema: { params },
    handle: (request) => renewToken(deps, request),
  })

/** POST /applications/{application_id}/bot/reset */
export const resetBotToken = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/applications/:application_id/bot/reset',
    tag: 'applications',
    summary: 'Reset bot token',
    access: 'verified',
    bucket: Buckets.creations,
    isSecret: true,
    schema: { params },
    handle: (request) => renewToken(deps, request),
  })

async function renewToken(
  deps: ApiDeps,
  { params: { application_id }, caller }: { params: { application_id: string }; caller: { id: string } },
) {
  const { db } = deps.database
  const made = await db.transaction().execute(async (tx) => {
    const application = await tx
      .selectFrom('applications')
      .selectAll()
      .where('id', '=', application_id)
      .where('owner_id', '=', caller.id)
      .forUpdate()
      .executeTakeFirst()
    if (!application) return undefined
    const botId = application.bot_id ?? application.id
    if (!application.bot_id) {
      const username = application.name.slice(0, 32)
      await tx.insertInto('users').values({ id: botId, username, bot: true, verified: true }).execute()
      await tx.updateTable('applications').set({ bot_id: botId }).where('id', '=', application_id).execute()
    }
    const token = newToken(botId)
    await tx.deleteFrom('tokens').where('user_id', '=', botId).execute()
    await tx
      .insertInto('tokens')
      .values({ hash: hashToken(token), user_id: botId, application_id })
      .execute()
    return { token, botId }
  })
  if (!made) return refuse('UNKNOWN_APPLICATION')
  deps.bus.publish('token_revoked', { user_id: made.botId, hash: null })
  return ok({ token: made.token })
}
