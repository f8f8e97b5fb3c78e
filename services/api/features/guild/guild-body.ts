import { Type } from 'typebox'
import { type Guild, isTypeFor, NAMED_CHANNELS, type NamedChannel } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuseField } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, ImageField, Nullable } from '#shared/platform/http/endpoint.ts'

const level = (maximum: number) => Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum })))
const id = Type.Optional(Nullable(BodySnowflake))

export const EditGuildBody = Type.Object({
  name: Type.Optional(Type.String({ minLength: 2, maxLength: 100 })),
  description: Type.Optional(Nullable(Type.String({ maxLength: 300 }))),
  icon: ImageField,
  banner: ImageField,
  owner_id: id,
  verification_level: level(4),
  default_message_notifications: level(1),
  explicit_content_filter: level(2),
  afk_channel_id: id,
  afk_timeout: Type.Optional(Nullable(Type.Integer({ enum: [60, 300, 900, 1_800, 3_600] }))),
  system_channel_id: id,
  system_channel_flags: level(63),
  rules_channel_id: id,
  public_updates_channel_id: id,
  preferred_locale: Type.Optional(Nullable(Type.String({ maxLength: 10 }))),
})

/** The body's fields that name channels: those of the guild that are of the right type. */
export function readNamedChannels(
  state: GuildState,
  body: { readonly [F in NamedChannel]?: string | number | null },
): Result<Partial<Pick<Guild, NamedChannel>>, ApiError> {
  const channels: { [F in NamedChannel]?: string | null } = {}
  for (const field of NAMED_CHANNELS) {
    const wanted = body[field]
    if (wanted === undefined) continue
    channels[field] = wanted === null ? null : String(wanted)
    if (wanted !== null && !isTypeFor(field, state.channels.get(String(wanted))?.type ?? -1))
      return refuseField([field], 'CHANNEL_INVALID', 'Not a channel of this guild that can be used for this')
  }
  return ok(channels)
}
