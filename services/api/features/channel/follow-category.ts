import type { GuildChannel } from '#shared/domain/guild/entities.ts'
import { isSynced } from '#shared/domain/permissions/overwrites.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import { guildChannelObject } from '#shared/protocol/wire/guild.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'

/** The channels that were synced with a category get the overwrites that it has got, each with its event [PERM-18]. */
export async function followCategory(
  tx: GuildTransaction,
  before: GuildChannel,
  { id: parentId, permission_overwrites }: GuildChannel,
): Promise<void> {
  if (isSynced(before.permission_overwrites, permission_overwrites)) return
  const synced = [...tx.state.channels.values()].filter(
    (child) =>
      child.parent_id === parentId && isSynced(child.permission_overwrites, before.permission_overwrites),
  )
  for (const child of synced.sort((a, b) => compareIds(a.id, b.id))) {
    const followed = { ...child, permission_overwrites }
    await tx.emit({
      type: 'CHANNEL_UPDATE',
      changes: [{ kind: 'channel', id: child.id, value: followed }],
      d: guildChannelObject(followed, tx.guildId),
    })
  }
}
