import pg from 'pg'
import type { DB } from '../generated-types.ts'

/** Any number, the same in every process, but not that of the migrations. */
const LOCK = 0x6772616e
const INSUFFICIENT_PRIVILEGE = '42501'
/** Roles belong to the server: another database's migrations may make them at the same moment. */
const THERE_ALREADY = ['42710', '23505']

/** The services of a cluster, each with a role of its own. */
export const SERVICES = ['api', 'auth', 'gateway', 'indexer', 'relay'] as const
export type Service = (typeof SERVICES)[number]

const PREFIX = 'guildhall'

/** The role that holds the rights of a service. */
export const roleOf = (service: Service, prefix = PREFIX): string => `${prefix}_${service}`

/** What a service may do with a table; columns restrict what it may change. */
type Right = 'select' | 'insert' | 'update' | 'delete' | `update (${string})`
type Rights = Partial<Record<Service, readonly Right[]>>

const READ = ['select'] as const
const ADD = ['select', 'insert'] as const
const CHANGE = ['select', 'insert', 'update'] as const
const ALL = ['select', 'insert', 'update', 'delete'] as const
const EVERYONE_READS = { api: READ, auth: READ, gateway: READ, indexer: READ, relay: READ }

/**
 * Who may do what with which table. Rows that go with what they belong to (`on delete cascade`) need no right.
 * Processes of two versions run side by side during an upgrade: a right that is no longer needed goes one release
 * later.
 */
export const TABLES: Readonly<Record<keyof DB, Rights>> = {
  migrations: EVERYONE_READS,
  instance_secrets: { api: READ },

  users: {
    api: [...ADD, 'update (version, username, global_name, avatar, banner, accent_color, bio)'],
    auth: CHANGE,
    gateway: READ,
  },
  profile_changes: { api: ALL },
  user_settings: { api: CHANGE, gateway: READ },
  user_guild_settings: { api: CHANGE, gateway: READ },
  notes: { api: ALL },
  relationships: { api: ALL, gateway: READ },
  credentials: { auth: [...ADD, 'update (password_hash)'] },
  tokens: { api: ['select', 'insert', 'delete'], auth: ['select', 'insert', 'delete'], gateway: READ },
  applications: { api: CHANGE, gateway: READ },
  email_tokens: { auth: ['select', 'insert', 'delete'] },
  mail_queue: { auth: ALL },
  // Who locks a row must be allowed to change it.
  reset_requests: { auth: ALL },

  // Who locks a guild's row must be allowed to change it. The indexer writes entries of the audit log.
  guilds: { api: ALL, auth: READ, gateway: READ, indexer: ['select', 'update (version)'] },
  roles: { api: ALL, gateway: READ, indexer: READ },
  channels: { api: ALL, auth: READ, gateway: READ, indexer: READ },
  members: { api: ALL, auth: READ, gateway: READ },
  bans: { api: ['select', 'insert', 'delete'] },
  audit_log: { api: ADD, indexer: ADD, relay: ['select', 'delete'] },
  message_deletions: {
    api: ['select', 'insert', 'update (after_id, before_id, again)'],
    indexer: ['select', 'update', 'delete'],
  },
  invites: { api: ALL },
  temporary_members: { api: ALL },
  notices: { api: ALL },
  pins: { api: ['select', 'insert', 'delete'] },
  read_states: { api: CHANGE, gateway: READ, indexer: CHANGE },
  slow_mode: { api: CHANGE },
  conversation_recipients: { api: ['select', 'insert', 'update', 'delete'], auth: READ, gateway: READ },
  direct_conversations: { api: ADD },

  outbox: {
    api: ['select', 'insert', 'update (position)'],
    auth: ['select', 'insert', 'update (position)'],
    gateway: READ,
    indexer: ['select', 'insert', 'update (position)'],
    relay: ['select', 'update (position)', 'delete'],
  },
  kept_answers: { api: ALL },
  create_attempts: { api: ALL, auth: READ, relay: ['select', 'delete'] },
  // Deletes are those of the command that replays a projection with the indexer's credentials.
  projections: { api: READ, auth: READ, gateway: READ, indexer: ALL, relay: CHANGE },
  channel_heads: { api: READ, gateway: READ, indexer: CHANGE },
  mentions: {
    api: READ,
    gateway: READ,
    indexer: ['select', 'insert', 'delete'],
    relay: ['select', 'delete'],
  },

  // Of one process alone: a cluster keeps these elsewhere.
  event_log: {},
  event_log_state: {},
  session_records: {},
  timeline: {},
  timeline_reactions: {},
  search_documents: {},
  pending_uploads: {},
  dev_inbox: {},
}

/** Who makes ids: `snowflake()` runs with the rights of its caller. */
export const SEQUENCES: Readonly<Record<string, readonly Service[]>> = {
  snowflake_sequence: ['api', 'auth'],
}

/**
 * Gives each service's role the rights of this version, and makes the roles that are missing. Safe when several
 * start at once, and when repeated: others see the old rights or the new ones. Where this user may not make roles,
 * those that are there get their rights, and `say` hears what an administrator has to do.
 * @param url of the owner of the tables
 * @throws when the database cannot be reached, or this user does not own the tables
 */
export async function grantPostgres(
  url: string,
  say: (line: string) => void,
  prefix: string = PREFIX,
): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  // A lost connection also fails the query that is under way, which is enough.
  client.on('error', () => {})
  await client.connect()
  try {
    const missing = await makeRoles(client, prefix)
    if (missing.length > 0) {
      say('this user may not make roles, and these are missing; an administrator has to run')
      for (const service of missing) say(`  create role ${roleOf(service, prefix)} nologin;`)
      say(
        'and then "npm run db:migrate" again. Until then the services share the credentials of the tables\' owner',
      )
    }
    const there = SERVICES.filter((service) => !missing.includes(service))
    if (there.length === 0) return
    const statements = [`select pg_advisory_xact_lock(${LOCK})`, ...statementsFor(there, prefix)]
    await client.query(`begin; ${statements.join('; ')}; commit`)
  } finally {
    await client.end()
  }
}

/** @returns the services whose roles are not there and cannot be made */
async function makeRoles(client: pg.Client, prefix: string): Promise<Service[]> {
  const { rows } = await client.query<{ rolname: string }>(
    'select rolname from pg_roles where rolname = any($1)',
    [SERVICES.map((service) => roleOf(service, prefix))],
  )
  const found = new Set(rows.map(({ rolname }) => rolname))
  const missing: Service[] = []
  for (const service of SERVICES) {
    const role = roleOf(service, prefix)
    if (found.has(role)) continue
    await client.query(`create role ${role} nologin`).catch((error: { code?: string }) => {
      const { code = '' } = error
      if (code === INSUFFICIENT_PRIVILEGE) missing.push(service)
      else if (!THERE_ALREADY.includes(code)) throw error
    })
  }
  return missing
}

/** Takes every right on these tables and sequences from the roles and gives them those that they should have. */
function statementsFor(services: readonly Service[], prefix: string): string[] {
  const roles = services.map((service) => roleOf(service, prefix)).join(', ')
  const grants = services.flatMap((service) => {
    const role = roleOf(service, prefix)
    return [
      ...Object.entries<Rights>(TABLES)
        .filter(([, rights]) => rights[service])
        .map(([table, rights]) => `grant ${rights[service]?.join(', ')} on table ${table} to ${role}`),
      ...Object.entries(SEQUENCES)
        .filter(([, users]) => users.includes(service))
        .map(([sequence]) => `grant usage on sequence ${sequence} to ${role}`),
    ]
  })
  return [
    `revoke all on table ${Object.keys(TABLES).join(', ')} from ${roles}`,
    `revoke all on sequence ${Object.keys(SEQUENCES).join(', ')} from ${roles}`,
    ...grants,
  ]
}
