import type { Conversation } from '#shared/domain/conversation/conversation-state.ts'
import { MessageType } from '#shared/domain/message/stored-message.ts'
import type { User } from '#shared/domain/user/user.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import type { ApiDeps } from '../../deps.ts'
import { changeGroup } from './change-group.ts'

/** Everybody in a group may name it; an empty name is none. */
export const renameGroup = (
  deps: ApiDeps,
  channelId: string,
  actor: User,
  name: string | null | undefined,
): Promise<Result<Conversation, ApiError>> =>
  changeGroup(deps, channelId, actor, async ({ tx, group, note }) => {
    const wanted = name === undefined ? group.name : name?.trim() || null
    if (wanted === group.name) return ok(group)
    const renamed = { ...group, name: wanted }
    await tx.emit('CHANNEL_UPDATE', renamed, null)
    await note({ type: MessageType.CHANNEL_NAME_CHANGE, content: wanted ?? '' })
    return ok(renamed)
  })
