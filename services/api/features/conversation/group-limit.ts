import { ChannelType } from '#shared/domain/guild/entities.ts'
import type { Tx } from '#shared/store/database.ts'
import { lockUsers } from '#shared/store/users.ts'

const MOST_GROUPS = 100

/**
 * READY names all groups of an account: who is in this many can neither open one nor be brought into one. The accounts stay
 * locked until the transaction ends, so that two groups at once count each other.
 */
export async function isAnyInTooManyGroups(tx: Tx, userIds: readonly string[]): Promise<boolean> {
  await lockUsers(tx, userIds)
  const full = await tx
    .selectFrom('conversation_recipients')
    .innerJoin('channels', 'channels.id', 'conversation_recipients.channel_id')
    .select('conversation_recipients.user_id')
    .where('conversation_recipients.user_id', 'in', [...userIds])
    .where('channels.type', '=', ChannelType.GROUP_DM)
    .groupBy('conversation_recipients.user_id')
    .having((on) => on(on.fn.countAll(), '>=', MOST_GROUPS))
    .executeTakeFirst()
  return full !== undefined
}
