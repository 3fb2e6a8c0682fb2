import { dump } from 'js-yaml';

import { images, ownImage } from './images.mjs';
import { bus, given, log, login, replicasOf, services, telemetry, tokens } from './services.mjs';

const names = Object.keys(services);
export const ready = { condition: 'service_healthy' };
const done = { condition: 'service_completed_successfully' };
export const filesOf = (container) => `for-${container}`;

/** What every container has that runs our image: it may write only to its volumes. */
const confined = {
  image: ownImage,
  build: { context: '.', dockerfile: 'deploy/docker/Dockerfile' },
  init: true,
  read_only: true,
  tmpfs: ['/tmp', '/var/tmp'],
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
};

export const health = (test, more = {}) => ({
  test,
  interval: '30s',
  timeout: '30s',
  start_period: '120s',
  ...more,
});
const ownHealth = (address = []) => health(['CMD', 'node', '/app/apps/interlock/run/health.js', ...address]);
/** Parts that others wait for are asked more often. Each question starts a process. */
export const often = { interval: '5s', timeout: '5s', retries: 24, start_period: '0s' };

const volumeOf = ([place, volume]) => {
  const [, source, mode] = /^(.*?)(:ro)?$/.exec(volume);
  return `${source}:${place}${mode ?? ''}`;
};

const pool = { DATABASE_POOL_MAX: '${DATABASE_POOL_MAX:-12}' };

const serviceOf = (name) => {
  const { environment = {}, volumes = {} } = services[name];
  return {
    ...confined,
    command: [name],
    restart: 'unless-stopped',
    environment: {
      ...log,
      ...bus,
      DATABASE_URL: `postgres://interlock_${name.replaceAll('-', '_')}@postgres:5432/interlock`,
      DATABASE_PASSWORD_FILE: `${given}/database-password`,
      ...pool,
      ALLOW_SUPERUSER: '${ALLOW_SUPERUSER:-false}',
      CREATE_TABLES_ON_STARTUP: 'false',
      PEOPLE_KEY_FILE: `${given}/people-key`,
      ...tokens,
      ...telemetry,
      ...environment,
    },
    volumes: [`${filesOf(name)}:${given}:ro`, ...Object.entries(volumes).map(volumeOf)],
    depends_on: { prepare: done },
    deploy: { replicas: `\${${replicasOf(name)}:-1}` },
    healthcheck: ownHealth(),
  };
};

const edge = {
  ...confined,
  command: ['edge'],
  restart: 'unless-stopped',
  environment: {
    ...log,
    ...bus,
    ...tokens,
    ...telemetry,
    ...login,
    INTERLOCK_ISSUER_DIR: given,
    EDGE_SESSION_KEY_FILE: `${given}/session-key`,
    EDGE_STATE_DIR: '/data/state',
  },
  volumes: [`${filesOf('edge')}:${given}:ro`, 'edge-state:/data/state'],
  depends_on: { prepare: done },
  ports: ['127.0.0.1:${INTERLOCK_PORT:-8080}:8080'],
  healthcheck: ownHealth(),
};

const replicas = Object.fromEntries(names.map((name) => [replicasOf(name), `\${${replicasOf(name)}:-1}`]));
const thirdParty = ['postgres', 'nats', 'eventstoredb', 'prometheus', 'alertmanager', 'grafana'];
const holders = [...names, 'edge', 'demo', 'event-store', 'prepare', ...thirdParty];

/** Where the containers with all secrets have them. */
const home = '/made/home';

/** It runs as root, without a network, to give each file to the user who reads it. */
const init = {
  ...confined,
  command: ['init'],
  user: '0:0',
  network_mode: 'none',
  cap_add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'],
  environment: {
    AUDIT_ORIGIN: '${AUDIT_ORIGIN:-interlock.local/tree}',
    INTERLOCK_PUBLIC_URL: login.INTERLOCK_PUBLIC_URL,
  },
  volumes: [
    `home:${home}`,
    `audit-keys:${home}/audit/keys`,
    'edge-state:/made/edge-state',
    ...holders.map((holder) => `${filesOf(holder)}:/made/${holder}`),
  ],
  restart: 'no',
  healthcheck: { disable: true },
};

/** Where `interlock restore` puts the people, whom `prepare` then loads. */
const restored = '/data/restored';
const restoredPeople = { RESTORED_PEOPLE_DIR: restored };

const prepare = {
  ...confined,
  command: ['prepare'],
  environment: {
    ...bus,
    DATABASE_URL: 'postgres://postgres@postgres:5432/interlock',
    DATABASE_PASSWORD_FILE: `${given}/superuser-password`,
    DATABASE_PASSWORDS_FILE: `${given}/database-passwords.json`,
    ...pool,
    ...replicas,
    // Only an EventStoreDB is given its users here; its administrator does it.
    EVENT_STORE_URL: log.EVENT_STORE_URL,
    EVENT_STORE_USER: 'admin',
    EVENT_STORE_PASSWORD_FILE: log.EVENT_STORE_PASSWORD_FILE,
    EVENT_STORE_USERS_DIR: `\${EVENT_STORE:+${given}}`,
    ...restoredPeople,
  },
  volumes: [`${filesOf('prepare')}:${given}:ro`, `restored:${restored}`],
  restart: 'no',
  healthcheck: { disable: true },
  depends_on: {
    'event-store': ready,
    eventstoredb: { ...ready, required: false },
    nats: ready,
    postgres: ready,
  },
};

/** The volumes that make up an installation's home, by their folder in it. */
const homeVolumes = {
  log: 'log',
  'audit/keys': 'audit-keys',
  'audit/state': 'audit-state',
  'audit/mirror': 'audit-mirror',
  'audit/archive': 'audit-archive',
  alerting: 'alerting-state',
  credentials: 'device-credentials',
  'handler-secrets': 'handler-secrets',
  'channel-secrets': 'channel-secrets',
  'edge-state': 'edge-state',
  'demo-state': 'demo-state',
};

/** The command line with the whole home, for backups. It reads files of every user. */
const operator = {
  ...confined,
  profiles: ['operator'],
  entrypoint: ['node', '--no-warnings', '/app/apps/cli/run/main.js', '--home', home],
  command: ['--help'],
  user: '0:0',
  cap_add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'],
  environment: restoredPeople,
  volumes: [
    `home:${home}`,
    ...Object.entries(homeVolumes).map(([folder, volume]) => `${volume}:${home}/${folder}`),
    `restored:${restored}`,
    '${BACKUP_DIR:-./backups}:/backups',
  ],
  restart: 'no',
  healthcheck: { disable: true },
};

const embeddedLog = {
  ...confined,
  command: [
    'event-store',
    ...['--host', '0.0.0.0', '--port', '2113', '--db', '/data/log/events.db'],
    ...['--tls-cert', `${given}/server.pem`, '--tls-key', `${given}/server-key.pem`],
    ...['--users', `${given}/users.json`],
  ],
  restart: 'unless-stopped',
  stop_grace_period: '30s',
  volumes: [`${filesOf('event-store')}:${given}:ro`, 'log:/data/log'],
  depends_on: { init: done },
  healthcheck: { ...ownHealth(['tcp:2113']), ...often },
};

const nats = {
  image: images.nats,
  init: true,
  restart: 'unless-stopped',
  command: ['--config', '/etc/nats/nats.conf'],
  volumes: ['./deploy/nats:/etc/nats:ro', `${filesOf('nats')}:${given}:ro`, 'nats:/data'],
  depends_on: { init: done },
  healthcheck: health(['CMD-SHELL', 'wget -q -O - http://127.0.0.1:8222/healthz || exit 1'], often),
};

/** The password is read here, so that it needs no variable of the host. */
export const postgresEntry = (...flags) => [
  'sh',
  '-c',
  [
    `POSTGRES_PASSWORD="$$(cat ${given}/superuser-password)" exec docker-entrypoint.sh postgres`,
    ...['max_connections=$$POSTGRES_MAX_CONNECTIONS', ...flags].map((flag) => `-c ${flag}`),
  ].join(' '),
];

const postgres = {
  image: images.postgres,
  // As process 1, Postgres would take over a health check that was cut off, and would restart all
  // of itself when a signal ended that.
  init: true,
  restart: 'unless-stopped',
  entrypoint: postgresEntry(),
  environment: { POSTGRES_MAX_CONNECTIONS: '${POSTGRES_MAX_CONNECTIONS:-200}' },
  volumes: [`${filesOf('postgres')}:${given}:ro`, 'postgres:/var/lib/postgresql'],
  depends_on: { init: done },
  shm_size: '128mb',
  healthcheck: health(['CMD-SHELL', 'pg_isready -h 127.0.0.1 -U postgres'], often),
};

const demo = {
  ...confined,
  profiles: ['demo'],
  command: ['demo'],
  restart: 'unless-stopped',
  environment: {
    ...bus,
    INTERLOCK_URL: 'http://edge:8080',
    INTERLOCK_ISSUER_DIR: given,
    DEMO_STATE_DIR: '/data/state',
    DEMO_HOST: 'demo',
    DEMO_EVERY_S: '${DEMO_EVERY_S:-}',
    ...telemetry,
  },
  volumes: [
    `${filesOf('demo')}:${given}:ro`,
    'demo-state:/data/state',
    '${DEVICE_CREDENTIALS_DIR:-device-credentials}:/data/state/credentials',
  ],
  depends_on: { prepare: done },
  healthcheck: ownHealth(['tcp:8300']),
};

const eventstoredb = {
  image: images.eventstoredb,
  init: true,
  profiles: ['eventstoredb'],
  restart: 'unless-stopped',
  entrypoint: [
    'sh',
    '-c',
    // Both are taken at the first start only.
    `EVENTSTORE_DEFAULT_ADMIN_PASSWORD="$$(cat ${given}/admin-password)" EVENTSTORE_DEFAULT_OPS_PASSWORD="$$(cat ${given}/ops-password)" exec /opt/eventstore/eventstored`,
  ],
  environment: {
    EVENTSTORE_CLUSTER_SIZE: '1',
    EVENTSTORE_RUN_PROJECTIONS: 'None',
    EVENTSTORE_MEM_DB: 'false',
    EVENTSTORE_CERTIFICATE_FILE: `${given}/node.crt`,
    EVENTSTORE_CERTIFICATE_PRIVATE_KEY_FILE: `${given}/node.key`,
    EVENTSTORE_TRUSTED_ROOT_CERTIFICATES_PATH: given,
  },
  volumes: [`${filesOf('eventstoredb')}:${given}:ro`, 'eventstore:/var/lib/eventstore'],
  depends_on: { init: done },
  healthcheck: health(
    ['CMD-SHELL', 'curl --fail --silent --insecure https://localhost:2113/health/live || exit 1'],
    often,
  ),
};

const observing = { profiles: ['observability'], restart: 'unless-stopped' };
const observability = {
  'otel-collector': {
    image: images.collector,
    ...observing,
    command: ['--config', '/etc/otel/collector.yml'],
    environment: { OTLP_BACKEND: '${OTLP_BACKEND:-http://traces:4318}' },
    volumes: ['./deploy/otel/collector.yml:/etc/otel/collector.yml:ro'],
  },
  traces: { image: images.traces, ...observing, ports: ['127.0.0.1:16686:16686'] },
  prometheus: {
    image: images.prometheus,
    ...observing,
    volumes: [
      './deploy/prometheus:/etc/prometheus:ro',
      `${filesOf('prometheus')}:${given}:ro`,
      'prometheus:/prometheus',
    ],
    depends_on: { init: done },
    ports: ['127.0.0.1:9090:9090'],
  },
  alertmanager: {
    image: images.alertmanager,
    ...observing,
    command: ['--config.file=/etc/alertmanager/alertmanager.yml', '--storage.path=/alertmanager'],
    volumes: [
      './deploy/alertmanager:/etc/alertmanager:ro',
      `${filesOf('alertmanager')}:${given}:ro`,
      'alertmanager:/alertmanager',
    ],
    depends_on: { init: done },
  },
  grafana: {
    image: images.grafana,
    ...observing,
    environment: {
      GF_SECURITY_ADMIN_PASSWORD__FILE: `${given}/admin-password`,
      GF_USERS_ALLOW_SIGN_UP: 'false',
    },
    volumes: [
      './deploy/grafana/provisioning:/etc/grafana/provisioning:ro',
      './deploy/grafana/dashboards:/var/lib/grafana/dashboards:ro',
      `${filesOf('grafana')}:${given}:ro`,
      'grafana:/var/lib/grafana',
    ],
    depends_on: { init: done },
    ports: ['127.0.0.1:3000:3000'],
  },
};

export const stack = {
  init,
  'event-store': embeddedLog,
  nats,
  postgres,
  prepare,
  operator,
  ...Object.fromEntries(names.map((name) => [name, serviceOf(name)])),
  edge,
  demo,
  eventstoredb,
  ...observability,
};

/** The volumes that services name, each declared once. */
export const volumesOf = (services) => {
  const named = Object.values(services)
    .flatMap(({ volumes = [] }) => volumes)
    .map((volume) => /^(?:\$\{\w+:-)?([\w-]+)\}?:/.exec(volume)?.[1])
    .filter((name) => name !== undefined);
  return Object.fromEntries([...new Set(named)].sort().map((name) => [name, {}]));
};

export const toYaml = (document) => dump(document, { noRefs: true, lineWidth: 160 });

/** The text of `docker-compose.yml`. */
export const renderCompose = () =>
  [
    '# The whole stack on one machine, made from tools/deploy by `node tools/docs.mjs`; do not edit.',
    '#',
    '#   docker compose up --build                   the services, with the embedded log',
    '#   docker compose --profile demo up            with simulated devices and the demo',
    '#   docker compose exec edge cat /data/state/invitations.txt    the first sign-in links',
    '#',
    '# Settings, all optional: deploy/docker/example.env. How to operate it: docs/operating.md.',
    toYaml({ name: 'interlock', services: stack, volumes: volumesOf(stack) }),
  ].join('\n');
