import type { OwnUser, User } from '#shared/domain/user/user.ts'

/** The user object. Optional fields that we do not serve are null, not left out: strict clients want the keys. */
export const userObject = (user: User) => ({
  id: user.id,
  username: user.username,
  discriminator: '0',
  global_name: user.global_name,
  avatar: user.avatar,
  banner: user.banner,
  accent_color: user.accent_color,
  avatar_decoration_data: null,
  collectibles: null,
  display_name_styles: null,
  primary_guild: null,
  clan: null,
  flags: user.public_flags,
  public_flags: user.public_flags,
  ...(user.bot ? { bot: true } : {}),
})

export const ownUserObject = (user: OwnUser) => ({
  ...userObject(user),
  bot: user.bot,
  email: user.email,
  verified: user.verified,
  locale: user.locale,
  bio: user.bio,
  mfa_enabled: false,
  premium_type: 0,
})
