import type { Static } from 'typebox'
import { type Conversation, isRecipient } from '#shared/domain/conversation/conversation-state.ts'
import { MessageType } from '#shared/domain/message/stored-message.ts'
import type { User } from '#shared/domain/user/user.ts'
import { visibleName } from '#shared/domain/visible-name.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse, refuseField } from '#shared/platform/http/api-error.ts'
import type { BodySnowflake } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { changeGroup } from './change-group.ts'

/** Everybody in a group may name it and give it an icon; an empty name is none. Its owner may pass it on. */
export async function editGroup(
  deps: ApiDeps,
  channelId: string,
  actor: User,
  body: {
    readonly name?: string | null
    readonly icon?: string | null
    readonly owner?: Static<typeof BodySnowflake> | null
  },
): Promise<Result<Conversation, ApiError>> {
  const kept = await deps.images.keep(channelId, { icon: ['channel-icons', body.icon] })
  if (!kept.ok) return kept
  const { icon } = kept.value
  return changeGroup(deps, channelId, actor, async ({ tx, group, note }) => {
    const owner = body.owner == null ? group.owner_id : String(body.owner)
    if (owner !== group.owner_id && group.owner_id !== actor.id) return refuse('MISSING_PERMISSIONS')
    if (owner && !isRecipient({ conversation: group }, owner))
      return refuseField(['owner'], 'BASE_TYPE_CHOICES', 'The new owner is not in the group.')
    const edited = {
      ...group,
      owner_id: owner,
      name: body.name === undefined ? group.name : visibleName(body.name ?? '') || null,
      icon: icon === undefined ? group.icon : icon,
    }
    const [renamed, redrawn] = [edited.name !== group.name, edited.icon !== group.icon]
    if (renamed || redrawn || owner !== group.owner_id) await tx.emit('CHANNEL_UPDATE', edited, null)
    if (renamed) await note({ type: MessageType.CHANNEL_NAME_CHANGE, content: edited.name ?? '' })
    if (redrawn) await note({ type: MessageType.CHANNEL_ICON_CHANGE })
    return ok(edited)
  })
}
