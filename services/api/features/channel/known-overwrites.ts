import type { GuildChannel } from '#shared/domain/guild/entities.ts'
import type { Overwrite } from '#shared/domain/permissions/overwrites.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'
import { readUsers } from '#shared/store/users.ts'

/**
 * Overwrites are for roles of the guild, and for whoever has an account: those of who is no member count when he
 * comes, as with Discord. What the channel or its category has already is left as it is, since libraries send the
 * whole list back.
 */
export async function knownOverwrites(
  { tx, state }: Pick<GuildTransaction, 'tx' | 'state'>,
  before: GuildChannel | undefined,
  { parent_id, permission_overwrites }: Pick<GuildChannel, 'parent_id' | 'permission_overwrites'>,
): Promise<Result<void, ApiError>> {
  const there: readonly Overwrite[] = [
    ...(before?.permission_overwrites ?? []),
    ...(state.channels.get(parent_id ?? '')?.permission_overwrites ?? []),
  ]
  const added = permission_overwrites.filter(
    ({ id, type }) => !there.some((one) => one.id === id && one.type === type),
  )
  if (added.some(({ id, type }) => type === 0 && !state.roles.has(id))) return refuse('UNKNOWN_ROLE')
  const people = new Set(added.flatMap(({ id, type }) => (type === 1 ? id : [])))
  if (people.size === 0) return ok(undefined)
  return (await readUsers(tx, [...people])).length === people.size ? ok(undefined) : refuse('UNKNOWN_USER')
}
