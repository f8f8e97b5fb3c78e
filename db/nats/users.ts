import { randomBytes } from 'node:crypto'
import { command } from '#config/command.ts'
import { environment } from '#config/environment.ts'
import { loadServiceConfig } from '#config/load.ts'
import { inboxPrefixOf } from '#shared/adapters/nats/inbox.ts'
import { type NatsUser, permissionsIn, USERS } from './permissions.ts'

const HELP = `npm run --silent nats:users > guildhall-users.conf
Prints the users of NATS for nats-server's configuration: one for each service and one for npm run db:migrate, each
with the rights that it needs, and as comments the NATS_URLS to give them. Passwords are taken from NATS_API_PASSWORD,
NATS_AUTH_PASSWORD, … or made, and then this is the only time that they are shown. docs/credentials.md tells more.`

interface Options {
  /** NATS_NAMESPACE of the services. */
  readonly namespace: string
  /** The servers, as the services reach them. */
  readonly servers: readonly string[]
  readonly passwords: Readonly<Record<NatsUser, string>>
}

/** The name of a user, which says what installation it belongs to. */
export const userName = (namespace: string, user: NatsUser): string => `${namespace}_${user}`

/** NATS_URLS of a user. */
export function urlsOf(user: NatsUser, { namespace, servers, passwords }: Options): string {
  return servers
    .map((server, index) => {
      const { protocol, host } = new URL(server)
      const login = `${userName(namespace, user)}:${encodeURIComponent(passwords[user])}@`
      return `${protocol}//${index === 0 ? login : ''}${host}`
    })
    .join(',')
}

/** A block of nats-server's configuration. */
export function usersBlock(options: Options): string {
  const { namespace, passwords } = options
  const permissions = permissionsIn(namespace)
  const users = USERS.map((user) => {
    const name = userName(namespace, user)
    const { publish, subscribe } = permissions[user]
    return `    # NATS_URLS=${urlsOf(user, options)}
    {
      user: ${JSON.stringify(name)}
      password: ${JSON.stringify(passwords[user])}
      permissions: {
        publish: { allow: ${subjects(publish)} }
        subscribe: { allow: ${subjects([`${inboxPrefixOf(name)}.>`, ...subscribe])} }
      }
    }`
  })
  return `authorization {\n  users: [\n${users.join('\n')}\n  ]\n}\n`
}

const subjects = (list: readonly string[]): string =>
  `[\n${list.map((subject) => `          ${JSON.stringify(subject)}`).join('\n')}\n        ]`

await command(import.meta.url, {
  help: HELP,
  run: async () => {
    const config = loadServiceConfig(environment, 'nats-users')
    if (!config.ok) return config.error.map(({ key, problem }) => `${key} ${problem}`)
    const { nats, passwords } = config.value
    const given = Object.entries(passwords).map(([user, password]) => [
      user,
      password?.reveal() ?? randomBytes(24).toString('base64url'),
    ])
    process.stdout.write(
      usersBlock({
        namespace: nats.namespace,
        servers: (nats.urls?.reveal() ?? 'nats://127.0.0.1:4222').split(','),
        passwords: Object.fromEntries(given) as Record<NatsUser, string>,
      }),
    )
    return []
  },
})
