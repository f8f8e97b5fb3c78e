import { Intent } from './intents.ts'

/** Application flags that enable privileged intents; the limited ones are for bots in under 100 guilds. */
export const ApplicationFlag = {
  GATEWAY_PRESENCE: 1 << 12,
  GATEWAY_PRESENCE_LIMITED: 1 << 13,
  GATEWAY_GUILD_MEMBERS: 1 << 14,
  GATEWAY_GUILD_MEMBERS_LIMITED: 1 << 15,
  GATEWAY_MESSAGE_CONTENT: 1 << 18,
  GATEWAY_MESSAGE_CONTENT_LIMITED: 1 << 19,
} as const

/** Those that an application changes itself. */
export const LIMITED_FLAGS =
  ApplicationFlag.GATEWAY_PRESENCE_LIMITED |
  ApplicationFlag.GATEWAY_GUILD_MEMBERS_LIMITED |
  ApplicationFlag.GATEWAY_MESSAGE_CONTENT_LIMITED

/** A new application has them all: this is its owner's own server, and a bot should work unchanged. */
export const NEW_APPLICATION_FLAGS = LIMITED_FLAGS

/** The privileged intents that these flags allow. */
export function enabledIntents(flags: number): number {
  const on = (either: number, intent: number) => ((flags & either) === 0 ? 0 : intent)
  return (
    on(ApplicationFlag.GATEWAY_PRESENCE | ApplicationFlag.GATEWAY_PRESENCE_LIMITED, Intent.GUILD_PRESENCES) |
    on(
      ApplicationFlag.GATEWAY_GUILD_MEMBERS | ApplicationFlag.GATEWAY_GUILD_MEMBERS_LIMITED,
      Intent.GUILD_MEMBERS,
    ) |
    on(
      ApplicationFlag.GATEWAY_MESSAGE_CONTENT | ApplicationFlag.GATEWAY_MESSAGE_CONTENT_LIMITED,
      Intent.MESSAGE_CONTENT,
    )
  )
}
