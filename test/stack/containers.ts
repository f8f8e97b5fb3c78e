import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'

/** A store in a container: the variables that name it, once it takes requests. */
interface Recipe {
  /** The variable whose absence asks for it. */
  readonly key: string
  readonly name: string
  start(): Promise<{ container: StartedTestContainer; env: Record<string, string> }>
}

const SLOW_MS = 180_000
const S3 = { S3_ACCESS_KEY_ID: 'guildhall', S3_SECRET_ACCESS_KEY: 'guildhall-secret' }

/** OpenSearch's own image lacks the plugin that tells words apart; one without the command to add it has to have it. */
const WITH_ICU = `if [ -x bin/opensearch-plugin ] && ! bin/opensearch-plugin list | grep -q analysis-icu; then
  bin/opensearch-plugin install --batch analysis-icu
fi
exec ./opensearch-docker-entrypoint.sh opensearch`

export const RECIPES: readonly Recipe[] = [
  {
    key: 'DATABASE_URL',
    name: 'Postgres',
    async start() {
      const container = await new GenericContainer('postgres:18')
        .withEnvironment({
          POSTGRES_USER: 'guildhall',
          POSTGRES_PASSWORD: 'guildhall',
          POSTGRES_DB: 'guildhall',
        })
        .withExposedPorts(5432)
        // It starts twice: the first time only for its own set-up.
        .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
        .start()
      const url = `postgres://guildhall:guildhall@${addressOf(container, 5432)}/guildhall`
      return { container, env: { DATABASE_URL: url } }
    },
  },
  {
    key: 'NATS_URLS',
    name: 'NATS',
    async start() {
      const container = await new GenericContainer('nats:2.15-alpine')
        .withCommand(['--jetstream', '--store_dir', '/data', '--http_port', '8222'])
        .withExposedPorts(4222, 8222)
        .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
        .start()
      const env = {
        NATS_URLS: `nats://${addressOf(container, 4222)}`,
        NATS_MONITOR_URL: `http://${addressOf(container, 8222)}`,
      }
      return { container, env }
    },
  },
  {
    key: 'CASSANDRA_CONTACT_POINTS',
    name: 'ScyllaDB',
    async start() {
      const container = await new GenericContainer('scylladb/scylla:2025.4')
        .withCommand(['--smp', '1', '--memory', '1G', '--developer-mode', '1', '--overprovisioned', '1'])
        .withExposedPorts(9042)
        .withStartupTimeout(SLOW_MS)
        .withWaitStrategy(Wait.forListeningPorts())
        .start()
      return { container, env: { CASSANDRA_CONTACT_POINTS: addressOf(container, 9042) } }
    },
  },
  {
    key: 'OPENSEARCH_URL',
    name: 'OpenSearch',
    async start() {
      const container = await new GenericContainer('opensearchproject/opensearch:3.8.0')
        .withEnvironment({
          'discovery.type': 'single-node',
          DISABLE_SECURITY_PLUGIN: 'true',
          DISABLE_INSTALL_DEMO_CONFIG: 'true',
          OPENSEARCH_JAVA_OPTS: '-Xms512m -Xmx512m',
        })
        .withEntrypoint(['bash', '-c', WITH_ICU])
        .withExposedPorts(9200)
        .withStartupTimeout(SLOW_MS)
        .withWaitStrategy(Wait.forHttp('/_cluster/health', 9200).forStatusCode(200))
        .start()
      return { container, env: { OPENSEARCH_URL: `http://${addressOf(container, 9200)}` } }
    },
  },
  {
    key: 'S3_BUCKET',
    name: 'S3',
    async start() {
      const container = await new GenericContainer('versity/versitygw:v1.8.0')
        .withEnvironment({
          ROOT_ACCESS_KEY: S3.S3_ACCESS_KEY_ID,
          ROOT_SECRET_KEY: S3.S3_SECRET_ACCESS_KEY,
        })
        .withTmpFs({ '/data': 'rw', '/data/guildhall': 'rw' })
        .withCommand(['--port', ':7070', 'posix', '/data'])
        .withExposedPorts(7070)
        .withWaitStrategy(Wait.forListeningPorts())
        .start()
      const env = {
        ...S3,
        S3_ENDPOINT: `http://${addressOf(container, 7070)}`,
        S3_REGION: 'us-east-1',
        S3_BUCKET: 'guildhall',
        S3_FORCE_PATH_STYLE: 'true',
      }
      return { container, env }
    },
  },
  {
    key: 'SMTP_URL',
    name: 'a mail server',
    async start() {
      const container = await new GenericContainer('maildev/maildev:3.0.0')
        .withExposedPorts(1025, 1080)
        .withWaitStrategy(Wait.forListeningPorts())
        .start()
      const env = {
        SMTP_URL: `smtp://${addressOf(container, 1025)}`,
        MAIL_API_URL: `http://${addressOf(container, 1080)}/api`,
      }
      return { container, env }
    },
  },
]

const addressOf = (container: StartedTestContainer, port: number): string =>
  `${container.getHost()}:${container.getMappedPort(port)}`
