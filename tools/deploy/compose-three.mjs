import { filesOf, health, often, postgresEntry, ready, stack, toYaml, volumesOf } from './compose.mjs';
import { images } from './images.mjs';
import { given, replicasOf, services } from './services.mjs';

const names = Object.keys(services);
/** Every server of the bus has this name too. */
const bus = 'bus';
const onBus = { environment: { NATS_URL: `nats://${bus}:4222` } };
const instances = Object.fromEntries(names.map((name) => [replicasOf(name), `\${${replicasOf(name)}:-2}`]));
const connections = { POSTGRES_MAX_CONNECTIONS: '${POSTGRES_MAX_CONNECTIONS:-400}' };
const follows = ['hba_file=/etc/postgres/pg_hba.conf', 'max_slot_wal_keep_size=4GB'];
const postgresFiles = './deploy/postgres:/etc/postgres:ro';

const natsServer = (name, of) => ({
  ...of,
  command: ['--config', '/etc/nats/cluster.conf'],
  environment: { NATS_SERVER_NAME: name },
  networks: { default: { aliases: [bus] } },
});
const otherServer = (name) =>
  natsServer(name, {
    ...stack.nats,
    volumes: stack.nats.volumes.map((volume) => (volume === 'nats:/data' ? `${name}:/data` : volume)),
  });

const standby = {
  ...stack.postgres,
  entrypoint: [
    'sh',
    '/etc/postgres/standby.sh',
    ...['max_connections=${POSTGRES_MAX_CONNECTIONS:-400}', ...follows].flatMap((flag) => ['-c', flag]),
  ],
  image: images.postgres,
  volumes: [
    `${filesOf('postgres')}:${given}:ro`,
    'postgres:/primary:ro',
    'postgres-standby:/var/lib/postgresql',
    postgresFiles,
  ],
  depends_on: { postgres: ready },
  healthcheck: health(['CMD-SHELL', 'pg_isready -h 127.0.0.1 -U postgres'], often),
};

/** What differs from `docker-compose.yml` for three servers of the bus, and two of all services. */
const three = {
  nats: natsServer('nats', {}),
  'nats-2': otherServer('nats-2'),
  'nats-3': otherServer('nats-3'),
  postgres: { entrypoint: postgresEntry(...follows), environment: connections, volumes: [postgresFiles] },
  'postgres-standby': standby,
  prepare: {
    environment: { ...onBus.environment, ...instances, NATS_STREAM_REPLICAS: '3' },
    depends_on: { 'nats-2': ready, 'nats-3': ready },
  },
  ...Object.fromEntries(
    names.map((name) => [name, { ...onBus, deploy: { replicas: instances[replicasOf(name)] } }]),
  ),
  edge: onBus,
  'edge-2': {
    ...stack.edge,
    environment: { ...stack.edge.environment, ...onBus.environment },
    ports: ['127.0.0.1:${INTERLOCK_SECOND_PORT:-8081}:8080'],
    networks: { default: { aliases: ['edge'] } },
  },
  demo: onBus,
};

/** The text of `deploy/compose/three.yml`. */
export const renderThree = () =>
  [
    '# Three servers of the bus, two instances of every service, and Postgres with a hot standby.',
    '# Generated from tools/deploy by `node tools/docs.mjs`; do not edit. How to operate it:',
    '# docs/operating.md.',
    '#',
    '#   docker compose -f docker-compose.yml -f deploy/compose/three.yml up',
    toYaml({
      services: three,
      volumes: Object.fromEntries(
        Object.entries(volumesOf(three)).filter(([name]) => !Object.hasOwn(volumesOf(stack), name)),
      ),
    }),
  ].join('\n');
