import type { Conversation } from '#shared/domain/conversation/conversation-state.ts'
import { MessageType } from '#shared/domain/message/stored-message.ts'
import type { User } from '#shared/domain/user/user.ts'
import { visibleName } from '#shared/domain/visible-name.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import type { ApiDeps } from '../../deps.ts'
import { changeGroup } from './change-group.ts'

/** Everybody in a group may name it and give it an icon; an empty name is none. */
export async function editGroup(
  deps: ApiDeps,
  channelId: string,
  actor: User,
  body: { readonly name?: string | null; readonly icon?: string | null },
): Promise<Result<Conversation, ApiError>> {
  const kept = await deps.images.keep(channelId, { icon: ['channel-icons', body.icon] })
  if (!kept.ok) return kept
  const { icon } = kept.value
  return changeGroup(deps, channelId, actor, async ({ tx, group, note }) => {
    const edited = {
      ...group,
      name: body.name === undefined ? group.name : visibleName(body.name ?? '') || null,
      icon: icon === undefined ? group.icon : icon,
    }
    const [renamed, redrawn] = [edited.name !== group.name, edited.icon !== group.icon]
    if (renamed || redrawn) await tx.emit('CHANNEL_UPDATE', edited, null)
    if (renamed) await note({ type: MessageType.CHANNEL_NAME_CHANGE, content: edited.name ?? '' })
    if (redrawn) await note({ type: MessageType.CHANNEL_ICON_CHANGE })
    return ok(edited)
  })
}
