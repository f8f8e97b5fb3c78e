import type { Member } from '#shared/domain/guild/entities.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'
import { dropRole } from '../role/drop-role.ts'

/** A member leaves or is removed. The role that a bot came with goes with it: nobody could delete or give it. */
export async function removeMember(tx: GuildTransaction, { user }: Member): Promise<void> {
  await tx.emit({
    type: 'GUILD_MEMBER_REMOVE',
    changes: [{ kind: 'member', id: user.id, value: null }],
    d: { guild_id: tx.guildId, user: userObject(user) },
    userId: user.id,
  })
  if (!user.bot) return
  for (const role of [...tx.state.roles.values()]) if (role.bot_id === user.id) await dropRole(tx, role.id)
}
