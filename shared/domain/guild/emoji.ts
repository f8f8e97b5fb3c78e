/** A guild's own emoji. */
export interface Emoji {
  readonly id: string
  readonly name: string
  readonly animated: boolean
  /** Who has none of these may not use it; []: everybody may. */
  readonly roles: readonly string[]
  /** Who made it. */
  readonly user_id: string
}

/** Of each kind, static and animated, as Discord has it without boosts. */
export const MOST_EMOJIS = 50
export const MOST_EMOJI_BYTES = 256 * 1024

export const mayUse = (emoji: Emoji, roles: readonly string[]): boolean =>
  emoji.roles.length === 0 || emoji.roles.some((id) => roles.includes(id))

export const withoutRole = (emoji: Emoji, id: string): Emoji => ({
  ...emoji,
  roles: emoji.roles.filter((other) => other !== id),
})
