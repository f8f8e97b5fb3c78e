import { named, object, ref, requires, type Schema, type Schemas, when } from './oracle-schema.ts'

interface Erratum {
  id: string
  reason: string
  /** `bodies`: of requests, where they are no schemas of their own. */
  patch(schemas: Schemas, bodies: readonly Schema[], paths: Record<string, unknown>): void
}

const DECIMAL = '^(0|[1-9][0-9]*)$'
const MESSAGES = ['MessageResponse', 'BasicMessageResponse', 'SearchMessageResponse']

/** Where the official file and what real clients meet or need differ. Looser ones follow the documentation. */
export const errata: Erratum[] = [
  {
    id: 'E1',
    reason: 'Leaves of a form error carry a name such as BASE_TYPE_REQUIRED; the file says integer.',
    patch: (schemas) => {
      schemas.FormError = object({ code: { type: 'string' }, message: { type: 'string' } })
      properties(schemas, 'InnerErrors')._errors = { type: 'array', items: ref('FormError') }
    },
  },
  {
    id: 'E2',
    reason: 'The documentation lets `code` out of the body of a 429.',
    patch: (schemas) => {
      const limited = named(schemas, 'RatelimitedResponse')
      limited.required = limited.required?.filter((key) => key !== 'code')
    },
  },
  {
    id: 'E3',
    reason: 'Each message found by a search has `hit`, which the documentation does not mention.',
    patch: (schemas) => demand(schemas, 'SearchMessageResponse', 'hit'),
  },
  {
    id: 'E4',
    reason: 'The list of channel types lacks media channels (16).',
    patch: (schemas) => {
      named(schemas, 'ChannelTypes').oneOf?.push({ title: 'GUILD_MEDIA', const: 16 })
      properties(schemas, 'GuildChannelResponse').type?.enum?.push(16)
    },
  },
  {
    id: 'E5',
    reason: 'Messages are up to 2000 characters; 4000 belong to a paid tier.',
    patch: (schemas) => {
      for (const name of MESSAGES) properties(schemas, name).content = { type: 'string', maxLength: 2000 }
    },
  },
  {
    id: 'E6',
    reason: 'Libraries match ids of 17 to 19 digits in routes and mentions; the file allows any number.',
    patch: (schemas) => {
      schemas.SnowflakeType = { type: 'string', pattern: '^[1-9][0-9]{16,18}$' }
    },
  },
  {
    id: 'E7',
    reason: 'Libraries make big integers of permissions; the file allows any string.',
    patch: (schemas) => {
      for (const schema of Object.values(schemas)) {
        for (const key of ['permissions', 'allow', 'deny']) {
          const property = schema.properties?.[key]
          if (property?.type === 'string') property.pattern = DECIMAL
        }
      }
    },
  },
  {
    id: 'E8',
    reason: 'discord.py reads `bitrate` and `user_limit` of every voice channel.',
    patch: (schemas) => {
      const isVoice = { properties: { type: { enum: [2, 13] } }, ...requires('type') }
      Object.assign(
        named(schemas, 'GuildChannelResponse'),
        when(isVoice, { required: ['bitrate', 'user_limit'] }),
      )
    },
  },
  {
    id: 'E9',
    reason: 'Libraries find what a reply answers in `message_reference`.',
    patch: (schemas) => {
      const isReply = { properties: { type: { const: 19 } }, ...requires('type') }
      for (const name of MESSAGES)
        Object.assign(named(schemas, name), when(isReply, requires('message_reference')))
    },
  },
  {
    id: 'E10',
    reason: 'Libraries send permissions as they get them, in decimal digits; the file wants an integer.',
    patch: (schemas, bodies) => {
      for (const { properties = {} } of [...Object.values(schemas), ...bodies])
        for (const key of ['permissions', 'allow', 'deny'])
          if (properties[key]?.type?.includes('integer')) properties[key].type = ['integer', 'string', 'null']
    },
  },
  {
    id: 'E11',
    reason: 'The id of a file that is being sent is its number in the form.',
    patch: (schemas) => {
      properties(schemas, 'MessageAttachmentRequest').id = {
        type: ['string', 'integer'],
        pattern: '^[0-9]+$',
      }
    },
  },
  {
    id: 'E12',
    reason: 'People search in a channel as they do in a guild; the file knows what is for bots.',
    patch: (_schemas, _bodies, paths) => {
      paths['/channels/{channel_id}/messages/search'] = paths['/guilds/{guild_id}/messages/search']
    },
  },
]

const properties = (schemas: Schemas, name: string): Schemas => named(schemas, name).properties ?? {}

function demand(schemas: Schemas, name: string, key: string): void {
  const schema = named(schemas, name)
  schema.required = [...new Set([...(schema.required ?? []), key])]
}
