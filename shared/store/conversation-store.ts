import type { Kysely, Selectable } from 'kysely'
import type { Channels, DB } from '#db/generated-types.ts'
import type {
  Conversation,
  ConversationChange,
  ConversationState,
} from '#shared/domain/conversation/conversation-state.ts'
import { evolveConversation } from '#shared/domain/conversation/conversation-state.ts'
import { ChannelType } from '#shared/domain/guild/entities.ts'
import { asSnowflake, compareIds } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import type { Db, Tx } from './database.ts'
import { decided, type EventTooLarge } from './decided.ts'
import { USER_COLUMNS, type UserColumns, userFromRow } from './entity-rows.ts'
import { newIds } from './guild-store.ts'
import type { NotAppended, OutboxAppender } from './outbox-appender.ts'
import { insertOutboxRow } from './outbox-rows.ts'

export const readConversation = async (db: Kysely<DB>, id: string): Promise<ConversationState | undefined> =>
  (await readConversations(db, [id]))[0]

/** Those of the conversations that there are, in id order, by two queries. */
export async function readConversations(
  db: Kysely<DB>,
  ids: readonly string[],
): Promise<ConversationState[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('channels')
    .selectAll()
    .where('id', 'in', [...ids])
    .where('guild_id', 'is', null)
    .orderBy('id')
    .execute()
  const recipients = await db
    .selectFrom('conversation_recipients')
    .innerJoin('users', 'users.id', 'conversation_recipients.user_id')
    .select([...USER_COLUMNS, 'conversation_recipients.channel_id', 'conversation_recipients.closed'])
    .where('conversation_recipients.channel_id', 'in', [...ids])
    .orderBy('users.id')
    .execute()
  const byChannel = new Map<string, typeof recipients>(ids.map((id) => [id, []]))
  for (const recipient of recipients) byChannel.get(recipient.channel_id)?.push(recipient)
  return rows.map((row) => conversationFromRows(row, byChannel.get(row.id) ?? []))
}

function conversationFromRows(
  row: Selectable<Channels>,
  recipients: readonly (UserColumns & { readonly closed: boolean })[],
): ConversationState {
  const closed_by = recipients.filter(({ closed }) => closed).map(({ id }) => id)
  return {
    version: Number(row.version),
    conversation: {
      id: row.id,
      type: row.type,
      name: row.name,
      icon: row.icon,
      owner_id: row.owner_id,
      last_pin_timestamp: row.last_pin_timestamp && timestamp(row.last_pin_timestamp.getTime()),
      recipients: recipients.map(userFromRow),
      ...(closed_by.length > 0 ? { closed_by } : {}),
    },
    heads: new Map(),
  }
}

/** A conversation as it was at a version of its chain; the counterpart of readGuildAt. */
export function readConversationAt(
  db: Db,
  id: string,
  version: number,
): Promise<ConversationState | undefined> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const undo = await tx
        .selectFrom('outbox')
        .select(['version', 'undo'])
        .where('aggregate_kind', '=', 'conversation')
        .where('aggregate_id', '=', id)
        .where('version', '>', String(version))
        .orderBy('version', 'desc')
        .execute()
      let state = (await readConversation(tx, id)) ?? {
        version: Number(undo[0]?.version ?? version),
        conversation: null,
        heads: new Map(),
      }
      const head = await tx
        .selectFrom('channel_heads')
        .select('last_message_id')
        .where('channel_id', '=', id)
        .executeTakeFirst()
      if (head) state.heads.set(id, head.last_message_id)
      for (const row of undo) {
        if (Number(row.version) !== state.version) return undefined
        state = evolveConversation(state, JSON.parse(row.undo) as ConversationChange[], state.version - 1)
      }
      return state.version <= version ? state : undefined
    })
}

interface NewConversation extends Pick<Conversation, 'id' | 'type' | 'owner_id'> {
  readonly userIds: readonly string[]
}

/** Opens the direct conversation of two people; the one they have, if they have one. */
export async function openDirect(
  db: Db,
  appender: OutboxAppender,
  userIds: readonly [string, string],
): Promise<Result<Conversation, NotAppended>> {
  const [low, high] = [...userIds].sort(compareIds) as [string, string]
  const conversation = await db.transaction().execute(async (tx) => {
    const existing = await findDirect(tx, low, high)
    if (existing) return existing
    const [id] = (await newIds(tx, 1)) as [string]
    const created = { id, type: ChannelType.DM, owner_id: null, userIds: [low, high] }
    await insertConversation(tx, created)
    const won = await tx
      .insertInto('direct_conversations')
      .values({ low_user_id: low, high_user_id: high, channel_id: id })
      .onConflict((on) => on.doNothing())
      .returning('channel_id')
      .executeTakeFirst()
    if (!won) {
      await tx.deleteFrom('channels').where('id', '=', id).execute()
      return (await findDirect(tx, low, high)) as Conversation
    }
    return insertCreation(tx, id, appender)
  })
  const appended = await appender.append({ kind: 'conversation', id: asSnowflake(conversation.id) })
  return appended.ok ? ok(conversation) : appended
}

/** A new group, unless `decide` refuses it. Nothing happens when it is there: a create was repeated. */
export async function openGroup<E>(
  db: Db,
  appender: OutboxAppender,
  group: Pick<NewConversation, 'id' | 'owner_id' | 'userIds'>,
  decide: (tx: Tx) => Promise<Result<void, E>>,
): Promise<Result<Conversation, E | EventTooLarge | NotAppended>> {
  const opened = await decided<Conversation, E>(db, async (tx) => {
    const existing = await readConversation(tx, group.id)
    if (existing?.conversation) return ok(existing.conversation)
    const allowed = await decide(tx)
    if (!allowed.ok) return allowed
    await insertConversation(tx, { ...group, type: ChannelType.GROUP_DM })
    return ok(await insertCreation(tx, group.id, appender))
  })
  if (!opened.ok) return opened
  const appended = await appender.append({ kind: 'conversation', id: asSnowflake(group.id) })
  return appended.ok ? opened : appended
}

async function insertConversation(tx: Tx, { id, type, owner_id, userIds }: NewConversation): Promise<void> {
  await tx.insertInto('channels').values({ id, type, owner_id, version: '1' }).execute()
  await tx
    .insertInto('conversation_recipients')
    .values(userIds.map((user_id) => ({ channel_id: id, user_id })))
    .execute()
}

/**
 * People are read after they are its recipients: that keeps them from changing until it is committed, when the change will
 * find it.
 */
async function insertCreation(tx: Tx, id: string, { mostEventBytes }: OutboxAppender): Promise<Conversation> {
  const conversation = (await readConversation(tx, id))?.conversation as Conversation
  const change: ConversationChange = { kind: 'conversation', id, value: conversation }
  await insertOutboxRow(
    tx,
    { kind: 'conversation', id: asSnowflake(id) },
    1,
    { type: 'CHANNEL_CREATE', changes: [change], d: null },
    [{ ...change, value: null }],
    null,
    mostEventBytes,
  )
  return conversation
}

async function findDirect(tx: Tx, low: string, high: string): Promise<Conversation | undefined> {
  const row = await tx
    .selectFrom('direct_conversations')
    .select('channel_id')
    .where('low_user_id', '=', low)
    .where('high_user_id', '=', high)
    .executeTakeFirst()
  return row && ((await readConversation(tx, row.channel_id))?.conversation ?? undefined)
}
