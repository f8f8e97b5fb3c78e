/**
 * What of the official interface is to be served: people, guilds, messages and bots, without threads, webhooks,
 * application commands and interactions.
 */
export const official: Readonly<Record<string, readonly string[]>> = {
  channels: [
    'GET /channels/{channel_id}',
    'DELETE /channels/{channel_id}',
    'PATCH /channels/{channel_id}',
    'GET /guilds/{guild_id}/channels',
    'POST /guilds/{guild_id}/channels',
    'PATCH /guilds/{guild_id}/channels',
  ],
  invites: [
    'GET /channels/{channel_id}/invites',
    'POST /channels/{channel_id}/invites',
    'GET /guilds/{guild_id}/invites',
    'GET /invites/{code}',
    'DELETE /invites/{code}',
  ],
  messages: [
    'GET /channels/{channel_id}/messages',
    'POST /channels/{channel_id}/messages',
    'POST /channels/{channel_id}/messages/bulk-delete',
    'GET /channels/{channel_id}/messages/{message_id}',
    'DELETE /channels/{channel_id}/messages/{message_id}',
    'PATCH /channels/{channel_id}/messages/{message_id}',
  ],
  pins: [
    'GET /channels/{channel_id}/messages/pins',
    'PUT /channels/{channel_id}/messages/pins/{message_id}',
    'DELETE /channels/{channel_id}/messages/pins/{message_id}',
  ],
  reactions: [
    'DELETE /channels/{channel_id}/messages/{message_id}/reactions',
    'GET /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}',
    'DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}',
    'PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me',
    'DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me',
    'DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}',
  ],
  'channel permissions': [
    'PUT /channels/{channel_id}/permissions/{overwrite_id}',
    'DELETE /channels/{channel_id}/permissions/{overwrite_id}',
  ],
  'pins (deprecated aliases)': [
    'GET /channels/{channel_id}/pins',
    'PUT /channels/{channel_id}/pins/{message_id}',
    'DELETE /channels/{channel_id}/pins/{message_id}',
  ],
  typing: ['POST /channels/{channel_id}/typing'],
  'gateway info': ['GET /gateway', 'GET /gateway/bot'],
  guilds: ['GET /guilds/{guild_id}', 'PATCH /guilds/{guild_id}'],
  members: [
    'GET /guilds/{guild_id}/members',
    'PATCH /guilds/{guild_id}/members/@me',
    'GET /guilds/{guild_id}/members/search',
    'GET /guilds/{guild_id}/members/{user_id}',
    'DELETE /guilds/{guild_id}/members/{user_id}',
    'PATCH /guilds/{guild_id}/members/{user_id}',
    'PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}',
    'DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}',
  ],
  search: ['GET /guilds/{guild_id}/messages/search'],
  roles: [
    'GET /guilds/{guild_id}/roles',
    'POST /guilds/{guild_id}/roles',
    'PATCH /guilds/{guild_id}/roles',
    'GET /guilds/{guild_id}/roles/{role_id}',
    'DELETE /guilds/{guild_id}/roles/{role_id}',
    'PATCH /guilds/{guild_id}/roles/{role_id}',
    'GET /guilds/{guild_id}/roles/member-counts',
  ],
  applications: ['GET /oauth2/applications/@me', 'GET /applications/@me', 'PATCH /applications/@me'],
  users: [
    'GET /users/@me',
    'PATCH /users/@me',
    'GET /users/@me/guilds',
    'DELETE /users/@me/guilds/{guild_id}',
    'GET /users/{user_id}',
    'GET /users/@me/guilds/{guild_id}/member',
  ],
  DMs: [
    'POST /users/@me/channels',
    'PUT /channels/{channel_id}/recipients/{user_id}',
    'DELETE /channels/{channel_id}/recipients/{user_id}',
  ],
  'audit log': ['GET /guilds/{guild_id}/audit-logs'],
  bans: [
    'GET /guilds/{guild_id}/bans',
    'GET /guilds/{guild_id}/bans/{user_id}',
    'PUT /guilds/{guild_id}/bans/{user_id}',
    'DELETE /guilds/{guild_id}/bans/{user_id}',
    'POST /guilds/{guild_id}/bulk-ban',
  ],
  emojis: [
    'GET /guilds/{guild_id}/emojis',
    'POST /guilds/{guild_id}/emojis',
    'GET /guilds/{guild_id}/emojis/{emoji_id}',
    'DELETE /guilds/{guild_id}/emojis/{emoji_id}',
    'PATCH /guilds/{guild_id}/emojis/{emoji_id}',
  ],
  'guild extras': ['GET /guilds/{guild_id}/preview'],
}

/** What the official description lacks, since it knows bots only: people's accounts, guilds and conversations. */
export const ours: Readonly<Record<string, readonly string[]>> = {
  accounts: [
    'POST /auth/register',
    'POST /auth/verify',
    'POST /auth/verify/resend',
    'POST /auth/login',
    'POST /auth/logout',
    'POST /auth/forgot',
    'POST /auth/reset',
    'GET /auth/sessions',
    'POST /auth/sessions/logout',
  ],
  attachments: [
    'POST /channels/{channel_id}/attachments',
    'DELETE /attachments/{upload_filename}',
    'POST /attachments/refresh-urls',
  ],
  applications: [
    'GET /applications',
    'POST /applications',
    'POST /applications/{application_id}/bot',
    'POST /applications/{application_id}/bot/reset',
    'POST /oauth2/authorize',
  ],
  guilds: ['POST /guilds', 'DELETE /guilds/{guild_id}', 'PATCH /guilds/{guild_id}/members/@me/nick'],
  invites: ['POST /invites/{code}'],
  'read states': [
    'POST /channels/{channel_id}/messages/{message_id}/ack',
    'POST /read-states/ack-bulk',
    'POST /channels/{channel_id}/pins/ack',
  ],
  people: [
    'GET /users/@me/channels',
    'GET /users/@me/settings',
    'PATCH /users/@me/settings',
    'PATCH /users/@me/guilds/{guild_id}/settings',
    'GET /users/{user_id}/profile',
    'GET /users/@me/notes/{user_id}',
    'PUT /users/@me/notes/{user_id}',
    'GET /users/@me/mentions',
  ],
  relationships: [
    'GET /users/@me/relationships',
    'POST /users/@me/relationships',
    'PUT /users/@me/relationships/{user_id}',
    'DELETE /users/@me/relationships/{user_id}',
  ],
}

/** Dispatches that the official description lacks, for the same reason. */
export const eventsOfOurs: readonly string[] = [
  'CHANNEL_RECIPIENT_ADD',
  'CHANNEL_RECIPIENT_REMOVE',
  'RELATIONSHIP_ADD',
  'RELATIONSHIP_REMOVE',
  'USER_NOTE_UPDATE',
  'USER_SETTINGS_UPDATE',
  'USER_GUILD_SETTINGS_UPDATE',
]

/** Asked for and not served: a route that comes takes its line away. */
export const notYet: readonly string[] = [
  'POST /channels/{channel_id}/messages/{message_id}/ack',
  'POST /read-states/ack-bulk',
  'POST /channels/{channel_id}/pins/ack',
  'GET /users/@me/mentions',
]
