import type { Known, KnownGuild } from './known.ts'
import type { Fields, Side } from './side.ts'

export interface Step {
  readonly name: string
  readonly run: (side: Side) => Promise<unknown>
  /** After a success: the id that the answer shows, if it shows one. */
  readonly made?: (id: string) => void
}

const remove = <T>(list: T[], one: T): void => {
  if (list.includes(one)) list.splice(list.indexOf(one), 1)
}

/** Calls of the api's endpoints, by weight. */
export function endpointCalls(known: Known): readonly (readonly [weight: number, make: () => Step])[] {
  interface Call {
    readonly body?: Fields
    readonly query?: Fields
    readonly made?: (id: string) => void
    readonly by?: string
  }
  const call = (route: string, params: Fields, { body, query, made, by }: Call = {}): Step => {
    const actor = by ?? known.actor()
    const run = (side: Side) => side.call(actor, route, params, body, query)
    return { name: route, run, ...(made ? { made } : {}) }
  }
  const inGuild = (route: string, rest: (guild: KnownGuild) => Call = () => ({})): Step => {
    const guild = known.guild()
    return call(route, { guild_id: guild.id }, rest(guild))
  }
  const onMember = (route: string): Step => {
    const guild = known.guild()
    return call(route, { guild_id: guild.id, user_id: known.person(), role_id: known.role(guild) })
  }
  const onRole = (route: string, rest: (guild: KnownGuild, role: string) => Call): Step => {
    const guild = known.guild()
    const role = known.role(guild)
    return call(route, { guild_id: guild.id, role_id: role }, rest(guild, role))
  }
  const onChannel = (
    route: string,
    rest: (guild: KnownGuild, channel: string) => Call = () => ({}),
  ): Step => {
    const guild = known.guild()
    const channel = known.chance(0.9) ? known.channel(guild) : known.direct()
    return call(route, { channel_id: channel }, rest(guild, channel))
  }
  const onOverwrite = (route: string): Step => {
    const guild = known.guild()
    const overwrite_id = known.chance(0.5) ? known.role(guild) : guild.id
    const body = { type: 0, allow: known.permissions(), deny: known.permissions() }
    return call(route, { channel_id: known.channel(guild), overwrite_id }, { body })
  }
  const roleBody = () => ({ name: known.name(), permissions: known.permissions(), hoist: known.chance(0.5) })
  const channelBody = (guild: KnownGuild) => ({
    name: known.name(),
    rate_limit_per_user: known.chance(0.3) ? 60 : 0,
    ...(known.chance(0.4)
      ? { permission_overwrites: [{ id: known.role(guild), type: 0, allow: '1024', deny: '2048' }] }
      : {}),
  })
  const inviteBody = () => ({
    max_age: known.chance(0.5) ? 0 : 3_600,
    max_uses: known.chance(0.75) ? 0 : 1,
    unique: known.chance(0.7),
  })
  const newGuild = () =>
    call(
      'POST /guilds',
      {},
      {
        body: { name: known.name() },
        by: known.people[0] as string,
        made: (id) => known.guilds.push({ id, roles: [], channels: [] }),
      },
    )
  const message = () => ({ content: `hello <@${known.person()}> and <@1001>` })
  return [
    [3, () => (known.guilds.length < 2 ? newGuild() : inGuild('GET /guilds/:guild_id'))],
    [2, () => inGuild('PATCH /guilds/:guild_id', () => ({ body: { name: known.name() } }))],
    [2, () => inGuild('DELETE /guilds/:guild_id', (guild) => ({ made: () => remove(known.guilds, guild) }))],
    [2, () => inGuild('GET /guilds/:guild_id', () => ({ query: { with_counts: 'true' } }))],
    [
      5,
      () =>
        inGuild('POST /guilds/:guild_id/roles', (guild) => ({
          body: roleBody(),
          made: (id) => guild.roles.push(id),
        })),
    ],
    [3, () => onRole('PATCH /guilds/:guild_id/roles/:role_id', () => ({ body: roleBody() }))],
    [
      2,
      () =>
        onRole('DELETE /guilds/:guild_id/roles/:role_id', ({ roles }, role) => ({
          made: () => remove(roles, role),
        })),
    ],
    [
      5,
      () =>
        inGuild('POST /guilds/:guild_id/channels', (guild) => ({
          body: channelBody(guild),
          made: (id) => guild.channels.push(id),
        })),
    ],
    [3, () => onChannel('PATCH /channels/:channel_id', () => ({ body: { topic: known.name() } }))],
    [
      2,
      () =>
        onChannel('DELETE /channels/:channel_id', ({ channels }, channel) => ({
          made: () => remove(channels, channel),
        })),
    ],
    [5, () => onOverwrite('PUT /channels/:channel_id/permissions/:overwrite_id')],
    [2, () => onOverwrite('DELETE /channels/:channel_id/permissions/:overwrite_id')],
    [1, () => onChannel('GET /channels/:channel_id')],
    [1, () => inGuild('GET /guilds/:guild_id/channels')],
    [
      4,
      () =>
        onChannel('POST /channels/:channel_id/invites', () => ({
          body: inviteBody(),
          made: () => known.invites.push(`code ${known.invites.length}`),
        })),
    ],
    [8, () => call('POST /invites/:code', { code: known.invite() }, { by: known.person() })],
    [1, () => call('GET /invites/:code', { code: known.invite() })],
    [1, () => call('DELETE /invites/:code', { code: known.invite() })],
    [3, () => onMember('DELETE /guilds/:guild_id/members/:user_id')],
    [1, () => inGuild('DELETE /users/@me/guilds/:guild_id', () => ({ by: known.person() }))],
    [5, () => onMember('PUT /guilds/:guild_id/members/:user_id/roles/:role_id')],
    [1, () => onMember('DELETE /guilds/:guild_id/members/:user_id/roles/:role_id')],
    [1, () => onMember('GET /guilds/:guild_id/members/:user_id')],
    [
      2,
      () =>
        inGuild('GET /guilds/:guild_id/members', () => ({ query: { limit: '2', after: known.person() } })),
    ],
    [1, () => call('GET /users/@me/guilds', {}, { query: { limit: '2', before: known.guild().id } })],
    [
      2,
      () =>
        call(
          'POST /users/@me/channels',
          {},
          {
            body: { recipient_id: known.person() },
            made: (id) => known.directs.push(id),
          },
        ),
    ],
    [1, () => call('GET /users/@me/channels', {})],
    [1, () => call('GET /users/:user_id', { user_id: known.person() })],
    [3, () => onChannel('POST /channels/:channel_id/messages', () => ({ body: message() }))],
    [
      1,
      () =>
        call(
          'POST /oauth2/authorize',
          {},
          {
            body: { guild_id: known.guild().id, permissions: known.permissions() },
            query: { client_id: known.bot },
          },
        ),
    ],
  ]
}
