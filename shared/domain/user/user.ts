/** What everybody may know of a person or bot. */
export interface User {
  readonly id: string
  readonly username: string
  readonly global_name: string | null
  readonly avatar: string | null
  readonly banner: string | null
  readonly accent_color: number | null
  readonly bot: boolean
  readonly public_flags: number
}

/** What only the person itself is told besides. */
export interface OwnUser extends User {
  readonly email: string | null
  readonly verified: boolean
  readonly locale: string
  readonly bio: string
}

/** What of a person others may know: states, events and the log hold only this. */
export const publicUser = ({
  id,
  username,
  global_name,
  avatar,
  banner,
  accent_color,
  bot,
  public_flags,
}: User): User => ({
  id,
  username,
  global_name,
  avatar,
  banner,
  accent_color,
  bot,
  public_flags,
})
