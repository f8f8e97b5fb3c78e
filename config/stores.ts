import type { Setting } from './setting.ts'

/** How the processes of a cluster reach the stores. */

export const postgres = {
  url: {
    env: 'DATABASE_URL',
    type: 'connection',
    schemes: ['postgres', 'postgresql'],
    default: null,
    required: true,
    description: "Postgres, with the service's own role.",
  },
  connections: {
    env: 'DATABASE_CONNECTIONS',
    type: 'integer',
    min: 2,
    max: 500,
    default: '16',
    description: 'How many connections to Postgres a process opens at most.',
  },
} as const satisfies Record<string, Setting>

export const nats = {
  urls: {
    env: 'NATS_URLS',
    type: 'connection',
    schemes: ['nats', 'tls'],
    many: true,
    default: null,
    required: true,
    description: "The NATS servers; the first one's user and password count for all.",
  },
  namespace: {
    env: 'NATS_NAMESPACE',
    type: 'name',
    default: 'guildhall',
    description: 'What subjects and streams begin with, where several installations share the servers.',
  },
  replicas: {
    env: 'NATS_REPLICAS',
    type: 'integer',
    min: 1,
    max: 5,
    default: '1',
    description: 'By how many NATS servers the streams are kept when they are made: 3 in production.',
  },
  logMaxBytes: {
    env: 'NATS_LOG_MAX_BYTES',
    type: 'integer',
    min: 1_000_000,
    max: 1_000_000_000_000,
    default: '10000000000',
    description: 'Beyond this the log refuses to grow, before the disk is full.',
  },
  eventMaxBytes: {
    env: 'NATS_EVENT_MAX_BYTES',
    type: 'integer',
    min: 500_000,
    max: 8_000_000,
    default: '900000',
    description:
      "The largest change of a guild, a user or a conversation that is taken; the servers' `max_payload` has to be 1,024 bytes above it. The same for all services.",
  },
  monitorUrl: {
    env: 'NATS_MONITOR_URL',
    type: 'url',
    schemes: ['http', 'https'],
    default: null,
    description: 'Where NATS tells its settings: the start warns when writes are not synced to the disk.',
  },
} as const satisfies Record<string, Setting>

const natsPassword = <E extends string>(env: E) =>
  ({
    env,
    type: 'secret',
    default: null,
    description: 'The password of that user of NATS in the configuration that is made; unset: a random one.',
  }) as const satisfies Setting

/** Those of the users that `npm run nats:users` makes. */
export const natsPasswords = {
  api: natsPassword('NATS_API_PASSWORD'),
  auth: natsPassword('NATS_AUTH_PASSWORD'),
  gateway: natsPassword('NATS_GATEWAY_PASSWORD'),
  indexer: natsPassword('NATS_INDEXER_PASSWORD'),
  relay: natsPassword('NATS_RELAY_PASSWORD'),
  migrate: natsPassword('NATS_MIGRATE_PASSWORD'),
} as const satisfies Record<string, Setting>

export const cql = {
  contactPoints: {
    env: 'CASSANDRA_CONTACT_POINTS',
    type: 'servers',
    default: null,
    required: true,
    description: 'ScyllaDB or Cassandra.',
  },
  dataCentre: {
    env: 'CASSANDRA_DATACENTER',
    type: 'name',
    default: 'datacenter1',
    description: 'The data centre that is near.',
  },
  keyspace: {
    env: 'CASSANDRA_KEYSPACE',
    type: 'name',
    default: 'guildhall',
    description: 'The keyspace of the timelines.',
  },
  tls: {
    env: 'CASSANDRA_TLS',
    type: 'switch',
    default: 'off',
    description:
      'Whether to speak TLS with it. Certificates name the addresses of the nodes; NODE_EXTRA_CA_CERTS names the file of an authority of your own.',
  },
  replicas: {
    env: 'CASSANDRA_REPLICAS',
    type: 'integer',
    min: 1,
    max: 9,
    default: '1',
    description: 'How many copies the keyspace has when the migrations make it: 3 in production.',
  },
  user: {
    env: 'CASSANDRA_USER',
    type: 'name',
    default: null,
    description: "The service's own role in ScyllaDB or Cassandra.",
  },
  password: {
    env: 'CASSANDRA_PASSWORD',
    type: 'secret',
    default: null,
    description: 'Its password.',
  },
} as const satisfies Record<string, Setting>

export const openSearch = {
  url: {
    env: 'OPENSEARCH_URL',
    type: 'connection',
    schemes: ['http', 'https'],
    default: null,
    required: true,
    description: "OpenSearch, with the service's own user and password if it asks for them.",
  },
  prefix: {
    env: 'OPENSEARCH_PREFIX',
    type: 'name',
    default: 'guildhall',
    description: 'What the names of indices begin with, in lower case.',
  },
  shards: {
    env: 'OPENSEARCH_SHARDS',
    type: 'integer',
    min: 1,
    max: 1_024,
    default: '1',
    description: 'Into how many shards an index of messages is split when it is made.',
  },
  replicas: {
    env: 'OPENSEARCH_REPLICAS',
    type: 'integer',
    min: 0,
    max: 8,
    default: '0',
    description: 'How many further copies of each shard there are: 1 in production.',
  },
} as const satisfies Record<string, Setting>

export const s3 = {
  endpoint: {
    env: 'S3_ENDPOINT',
    type: 'url',
    schemes: ['http', 'https'],
    default: null,
    description: 'The S3 server; unset: that of AWS.',
  },
  publicEndpoint: {
    env: 'S3_PUBLIC_ENDPOINT',
    type: 'url',
    schemes: ['http', 'https'],
    default: null,
    description: 'Where clients reach it, if not there.',
  },
  region: {
    env: 'S3_REGION',
    type: 'name',
    default: 'us-east-1',
    description: 'The region that requests are signed for.',
  },
  bucket: {
    env: 'S3_BUCKET',
    type: 'name',
    default: null,
    required: true,
    description: 'The bucket of the files.',
  },
  accessKeyId: {
    env: 'S3_ACCESS_KEY_ID',
    type: 'name',
    default: null,
    required: true,
    description: 'The key that may read, write and remove in the bucket.',
  },
  secretAccessKey: {
    env: 'S3_SECRET_ACCESS_KEY',
    type: 'secret',
    default: null,
    required: true,
    description: 'Its secret.',
  },
  forcePathStyle: {
    env: 'S3_FORCE_PATH_STYLE',
    type: 'enum',
    values: ['true', 'false'],
    default: 'false',
    description: "Whether the bucket stands in the path, not in the host's name.",
  },
} as const satisfies Record<string, Setting>

export const mail = {
  from: {
    env: 'MAIL_FROM',
    type: 'mailbox',
    default: 'Guildhall <guildhall@localhost>',
    description: 'Whom mails are from.',
  },
  smtpUrl: {
    env: 'SMTP_URL',
    type: 'connection',
    schemes: ['smtp', 'smtps'],
    default: null,
    description:
      'The SMTP server, with user and password if it asks for them; `?requireTLS=true` refuses to go on in the clear.',
  },
  smtpCaFile: {
    env: 'SMTP_CA_FILE',
    type: 'path',
    default: null,
    description: 'The authority that signed its certificate, where the system does not know it.',
  },
  sendPulseId: {
    env: 'SENDPULSE_ID',
    type: 'name',
    default: null,
    description: 'The client id of SendPulse, whose HTTP API then sends the mails.',
  },
  sendPulseSecret: {
    env: 'SENDPULSE_SECRET',
    type: 'secret',
    default: null,
    description: 'Its secret.',
  },
  sendPulseUrl: {
    env: 'SENDPULSE_URL',
    type: 'url',
    schemes: ['http', 'https'],
    default: 'https://api.sendpulse.com',
    description: 'Where that API is.',
  },
} as const satisfies Record<string, Setting>
