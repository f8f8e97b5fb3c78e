import { withoutRole } from '#shared/domain/guild/emoji.ts'
import type { Guild } from '#shared/domain/guild/entities.ts'
import type { GuildChange } from '#shared/domain/guild/guild-state.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'
import { emojisUpdate } from '../emoji/emojis.ts'

/**
 * A role goes, with what there is of it: its members lose it, and its overwrites and emojis are without it. The members
 * come first, in as many events as it takes: overwrites without what the role itself allowed could show a channel.
 */
export async function dropRole(tx: GuildTransaction, id: string): Promise<void> {
  await tx.loadMembersWithRole(id)
  const changes: GuildChange[] = []
  for (const member of tx.state.members.values()) {
    if (!member.roles.includes(id)) continue
    const roles = member.roles.filter((other) => other !== id)
    changes.push({ kind: 'member', id: member.user.id, value: { ...member, roles } })
  }
  for (const channel of tx.state.channels.values()) {
    const left = channel.permission_overwrites.filter((overwrite) => overwrite.id !== id)
    if (left.length === channel.permission_overwrites.length) continue
    changes.push({ kind: 'channel', id: channel.id, value: { ...channel, permission_overwrites: left } })
  }
  changes.push({ kind: 'role', id, value: null })
  await tx.emitInPieces({ type: 'GUILD_ROLE_DELETE', changes, d: { guild_id: tx.guildId, role_id: id } })
  const guild = tx.state.guild as Guild
  if (guild.emojis.some(({ roles }) => roles.includes(id)))
    await tx.emit(
      emojisUpdate(
        guild,
        guild.emojis.map((emoji) => withoutRole(emoji, id)),
      ),
    )
}
