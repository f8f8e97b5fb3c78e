import { type Selectable, sql } from 'kysely'
import type { Applications } from '#db/generated-types.ts'
import type { User } from '#shared/domain/user/user.ts'
import { userObject } from '#shared/protocol/wire/user.ts'

/** Of rows of `applications`: in how many guilds the bot is. */
export const GUILD_COUNT = sql<string>`(
  select count(*) from members where user_id = applications.bot_id
)`.as('guild_count')

export const applicationObject = (
  application: Selectable<Applications> & { readonly guild_count: string },
  owner: User,
  bot: User | undefined,
) => ({
  id: application.id,
  name: application.name,
  icon: application.icon,
  description: application.description,
  summary: '',
  type: null,
  bot_public: application.bot_public,
  bot_require_code_grant: false,
  verify_key: '',
  flags: application.flags,
  flags_new: String(application.flags),
  integration_public: application.bot_public,
  integration_require_code_grant: false,
  hook: true,
  is_monetized: false,
  is_verified: false,
  is_discoverable: false,
  storefront_available: false,
  interactions_event_types: [],
  interactions_version: 1,
  explicit_content_filter: 0,
  integration_types_config: {},
  max_participants: null,
  tags: [],
  redirect_uris: [],
  eligible_oauth2_scopes: [],
  interactions_endpoint_url: null,
  role_connections_verification_url: null,
  approximate_guild_count: Number(application.guild_count),
  approximate_user_install_count: 0,
  approximate_user_authorization_count: 0,
  event_webhooks_url: null,
  event_webhooks_status: 1,
  event_webhooks_types: [],
  team: null,
  owner: userObject(owner),
  ...(bot ? { bot: userObject(bot) } : {}),
})
