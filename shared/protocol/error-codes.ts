export interface ErrorEntry {
  /** The number in the body; 0 where HTTP's status says it all. */
  readonly code: number
  /** HTTP's. */
  readonly status: number
  readonly message: string
}

const entry = (code: number, status: number, message: string): ErrorEntry => ({ code, status, message })

/**
 * Every error a REST answer can carry in `{ code, message }`. Numbers are never reused.
 * Hidden from the caller: MISSING_ACCESS. Visible but not allowed: MISSING_PERMISSIONS. Not there: UNKNOWN_….
 */
export const ErrorCode = {
  UNAUTHORIZED: entry(0, 401, '401: Unauthorized'),
  NOT_FOUND: entry(0, 404, '404: Not Found'),
  METHOD_NOT_ALLOWED: entry(0, 405, '405: Method Not Allowed'),
  KEY_IN_USE: entry(
    0,
    409,
    'A request with this Idempotency-Key is under way, or it is not known what became of it',
  ),
  KEY_OF_ANOTHER_BODY: entry(0, 422, 'Another request was made with this Idempotency-Key'),
  TOO_MANY_REQUESTS: entry(0, 429, 'You are being rate limited.'),
  INTERNAL_SERVER_ERROR: entry(0, 500, '500: Internal Server Error'),
  SERVICE_UNAVAILABLE: entry(0, 503, '503: Service Unavailable'),

  UNKNOWN_APPLICATION: entry(10002, 404, 'Unknown Application'),
  UNKNOWN_CHANNEL: entry(10003, 404, 'Unknown Channel'),
  UNKNOWN_GUILD: entry(10004, 404, 'Unknown Guild'),
  UNKNOWN_INVITE: entry(10006, 404, 'Unknown Invite'),
  UNKNOWN_MEMBER: entry(10007, 404, 'Unknown Member'),
  UNKNOWN_MESSAGE: entry(10008, 404, 'Unknown Message'),
  UNKNOWN_OVERWRITE: entry(10009, 404, 'Unknown Overwrite'),
  UNKNOWN_ROLE: entry(10011, 404, 'Unknown Role'),
  UNKNOWN_USER: entry(10013, 404, 'Unknown User'),
  UNKNOWN_EMOJI: entry(10014, 404, 'Unknown Emoji'),
  UNKNOWN_WEBHOOK: entry(10015, 404, 'Unknown Webhook'),
  UNKNOWN_BAN: entry(10026, 404, 'Unknown Ban'),
  UNKNOWN_INTERACTION: entry(10062, 404, 'Unknown Interaction'),
  UNKNOWN_COMMAND: entry(10063, 404, 'Unknown Application Command'),

  NOT_FOR_BOTS: entry(20001, 403, 'Bots cannot use this endpoint'),
  ONLY_FOR_BOTS: entry(20002, 403, 'Only bots can use this endpoint'),
  SLOWMODE: entry(20016, 429, 'This action is limited by the slow mode of the channel'),
  CHANNEL_WRITE_LIMIT: entry(20028, 429, 'The write limit of this channel has been reached'),
  GUILD_WRITE_LIMIT: entry(20029, 429, 'The write limit of this guild has been reached'),

  TOO_MANY_GUILDS: entry(30001, 400, 'Maximum number of guilds reached'),
  TOO_MANY_FRIENDS: entry(30002, 400, 'Maximum number of friends reached (1000)'),
  TOO_MANY_PINS: entry(30003, 400, 'Maximum number of pins reached (250)'),
  TOO_MANY_RECIPIENTS: entry(30004, 400, 'Maximum number of recipients reached (10)'),
  TOO_MANY_ROLES: entry(30005, 400, 'Maximum number of guild roles reached (250)'),
  TOO_MANY_WEBHOOKS: entry(30007, 400, 'Maximum number of webhooks reached (15)'),
  TOO_MANY_EMOJIS: entry(30008, 400, 'Maximum number of emojis reached (50)'),
  TOO_MANY_REACTIONS: entry(30010, 400, 'Maximum number of reactions reached (20)'),
  TOO_MANY_GROUPS: entry(30011, 400, 'Maximum number of group DMs reached (100)'),
  TOO_MANY_CHANNELS: entry(30013, 400, 'Maximum number of guild channels reached (500)'),
  TOO_MANY_ATTACHMENTS: entry(30015, 400, 'Maximum number of attachments in a message reached (10)'),
  TOO_MANY_INVITES: entry(30016, 400, 'Maximum number of invites reached (1000)'),
  TOO_MANY_ANIMATED_EMOJIS: entry(30018, 400, 'Maximum number of animated emojis reached (50)'),
  TOO_MANY_OVERWRITES: entry(30060, 400, 'Maximum number of channel permission overwrites reached (500)'),

  INVALID_CREDENTIALS: entry(40001, 401, 'Unauthorized'),
  VERIFICATION_REQUIRED: entry(40002, 403, 'You need to verify your account in order to perform this action'),
  REQUEST_TOO_LARGE: entry(40005, 413, 'Request entity too large'),
  BANNED: entry(40007, 403, 'The user is banned from this guild'),
  NOT_IN_VOICE: entry(40032, 400, 'Target user is not connected to voice.'),
  INTERACTION_ACKNOWLEDGED: entry(40060, 400, 'Interaction has already been acknowledged'),

  MISSING_ACCESS: entry(50001, 403, 'Missing Access'),
  NOT_IN_DM: entry(50003, 403, 'Cannot execute action on a DM channel'),
  NOT_YOUR_MESSAGE: entry(50005, 403, 'Cannot edit a message authored by another user'),
  EMPTY_MESSAGE: entry(50006, 400, 'Cannot send an empty message'),
  CANNOT_MESSAGE_USER: entry(50007, 403, 'Cannot send messages to this user'),
  NOT_A_TEXT_CHANNEL: entry(50008, 400, 'Cannot send messages in a non-text channel'),
  VERIFICATION_LEVEL_TOO_HIGH: entry(
    50009,
    403,
    'Channel verification level is too high for you to gain access',
  ),
  MISSING_PERMISSIONS: entry(50013, 403, 'Missing Permissions'),
  INVALID_TOKEN: entry(50014, 401, 'Invalid authentication token provided'),
  BULK_DELETE_COUNT: entry(50016, 400, 'Provided too few or too many messages to delete (2 to 100)'),
  WRONG_PIN_CHANNEL: entry(50019, 400, 'A message can only be pinned in the channel it was sent in'),
  SYSTEM_MESSAGE: entry(50021, 403, 'Cannot execute action on a system message'),
  WRONG_CHANNEL_TYPE: entry(50024, 400, 'Cannot execute action on this channel type'),
  INVALID_WEBHOOK_TOKEN: entry(50027, 401, 'Invalid Webhook Token'),
  INVALID_ROLE: entry(50028, 400, 'Invalid Role'),
  INVALID_RECIPIENTS: entry(50033, 400, 'Invalid Recipient(s)'),
  TOO_OLD_TO_BULK_DELETE: entry(50034, 400, 'A message provided was too old to bulk delete'),
  INVALID_FORM_BODY: entry(50035, 400, 'Invalid Form Body'),
  INVALID_API_VERSION: entry(50041, 400, 'Invalid API version provided'),
  FILE_TOO_LARGE: entry(50045, 400, 'File uploaded exceeds the maximum size'),
  INVALID_FILE: entry(50046, 400, 'Invalid file uploaded'),
  THREAD_ARCHIVED: entry(50083, 400, 'Thread is archived'),
  INVALID_JSON: entry(50109, 400, 'The request body contains invalid JSON.'),
  UPLOAD_NOT_FOUND: entry(50146, 400, 'Uploaded file not found.'),

  TWO_FACTOR_REQUIRED: entry(60003, 403, 'Two factor is required for this operation'),
  RELATIONSHIP_REFUSED: entry(80001, 400, 'Friend request blocked'),
  BOTS_HAVE_NO_FRIENDS: entry(80002, 400, 'Bots cannot have friends'),
  NO_FRIEND_OF_ONESELF: entry(80003, 400, 'Cannot send friend request to self'),
  NO_SUCH_NAME: entry(80004, 404, 'No users with that name exist'),
  FRIENDS_ALREADY: entry(80007, 400, 'You are already friends with that user'),
  REACTION_BLOCKED: entry(90001, 403, 'Reaction was blocked'),
  INDEX_NOT_READY: entry(110000, 202, 'Index not yet available. Try again later'),
  OVERLOADED: entry(130000, 503, 'API resource is currently overloaded. Try again a little later'),
  CANNOT_REPLY: entry(160002, 400, 'Cannot reply without permission to read message history'),
  THREAD_EXISTS: entry(160004, 400, 'A thread has already been created for this message'),
  THREAD_LOCKED: entry(160005, 400, 'Thread is locked'),
  CANNOT_FORWARD: entry(160014, 400, 'You cannot forward a message whose content you cannot read'),
  BLOCKED_BY_AUTOMOD: entry(200000, 400, 'Message was blocked by automatic moderation'),
  NOBODY_BANNED: entry(500000, 400, 'Failed to ban users'),
} as const

export type ErrorName = keyof typeof ErrorCode
