import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { defaults } from '@interlock/contracts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const rateLimit = /defaultRateLimit = ([\d_]+)/
  .exec(readFileSync(`${root}libs/platform/src/auth/rate-limit.ts`, 'utf8'))[1]
  .replace('_', '');

/**
 * Variables outside the config classes: their readers, defaults and purposes. A test finds one that
 * is missing here.
 */
export const plainVariables = [
  [
    'INTERLOCK_HOME',
    'npm start, CLI, netconf-gateway',
    '`.interlock`',
    'home of the embedded stack: all state, keys, logs, `runtime.json`; `--home` goes before it',
  ],
  [
    'INTERLOCK_URL',
    'CLI',
    '(not set)',
    'address of a remote installation that the command line is to ask; `--home` goes before it',
  ],
  ['INTERLOCK_TOKEN', 'CLI', '(not set)', 'bearer token for `INTERLOCK_URL`'],
  [
    'INTERLOCK_TOKEN_FILE',
    'CLI',
    '(not set)',
    'file of that token, read with every call; goes before `INTERLOCK_TOKEN`, and `--token-file` before it',
  ],
  [
    'INTERLOCK_CONFIG_DIR',
    'CLI',
    '`interlock` in `XDG_CONFIG_HOME`, `~/.config` or `%APPDATA%`',
    'folder of what `interlock login` keeps, readable for its user alone',
  ],
  ['XDG_CONFIG_HOME', 'CLI', '`~/.config`', 'where a user keeps configuration'],
  ['APPDATA', 'CLI', "the system's", 'the same on Windows'],
  ['NO_COLOR', 'CLI', '(not set)', 'where it says anything, the command line has no colours'],
  ['COLUMNS', 'CLI', "(the terminal's)", 'width that tables are cut to on a terminal'],
  ['TERM', 'CLI', "(the terminal's)", '`dumb` is a terminal without colours'],
  ['INTERLOCK_PORT', 'npm start', '`8080`', 'port of the API; `--port` goes before it'],
  [
    'INTERLOCK_GOLDENS',
    'npm test',
    '(not set)',
    '`write`: the checked-in SQL of each query becomes what is compiled now, for a review to read',
  ],
  [
    'INTERLOCK_SCREENSHOTS',
    'npm test',
    '(not set)',
    "`write`: the console's suite writes the pictures of the documents (`docs/images`) and those that it compares (`apps/e2e/pictures`) anew; `record`: it records the answers behind the latter anew before",
  ],
  ['E2E_KEEP', 'npm test', '(not set)', '1: end-to-end tests keep their homes and logs'],
  [
    'ARCHIVE_TEST_S3',
    'npm test',
    '(not set)',
    "a bucket, `s3://bucket/prefix`, that the archive's tests run against too, with the variables that audit reads",
  ],
  [
    'INTERLOCK_SEED',
    'npm test',
    '(not set)',
    'the seed that property tests draw from, 1 where it is not set; and the one that the simulations of the services and of the orchestrator play alone, as a failure names it; the long form begins with it',
  ],
  [
    'INTERLOCK_LONG_TESTS',
    'npm test',
    '(not set)',
    '`true`: property tests, searches, simulations and the tamper test run their long form, as `npm run test:chaos` has it',
  ],
  [
    'INTERLOCK_CONTAINERS',
    'npm test',
    '(not set)',
    '`true`: the suites that start containers run, as in `npm run test:containers`; they need an engine with Compose 2',
  ],
  [
    'INTERLOCK_CONTAINERS_MINUTES',
    '`npm run test:containers`',
    '(not set)',
    'after so many minutes no further suite starts; the others are named as skipped',
  ],
  [
    'INTERLOCK_THREE_MINUTES',
    '`npm run test:containers`',
    '10',
    'how long the suite of `deploy/compose/three.yml` loses containers',
  ],
  [
    'TESTCONTAINERS_RYUK_DISABLED',
    '`npm run test:containers`',
    '`true`',
    'the package that starts containers keeps no container of its own to remove forgotten ones',
  ],
  [
    'INTERLOCK_POSTGRES_IMAGE',
    'npm test',
    '(not set)',
    'the image whose Postgres the suites use, in a container, in place of the embedded one',
  ],
  [
    'INTERLOCK_PACE',
    'all',
    'measured',
    'how many times slower than a quick and quiet machine this one is, 1 to 8: patience with answers is multiplied by it, no guarantee is; the first process of a start or a test run measures it for the others',
  ],
  [
    'INTERLOCK_BUILT',
    'npm test',
    '(not set)',
    '`1`: everything is built, so no suite builds the programs that it starts; `npm test` sets it',
  ],
  [
    'INTERLOCK_FAULT_SEED',
    'npm test',
    '(not set)',
    "repeats one seeded mixture of the log's faults; a failing test's title names it",
  ],
  [
    'INTERLOCK_FAULT_ROUNDS',
    'npm test',
    '(not set)',
    'so many seeded mixtures of faults, and a longer load under each',
  ],
  [
    'INTERLOCK_SIMULATOR_DEVICES',
    'npm start',
    "the demo's four devices",
    'file that describes the devices of the simulated RAN',
  ],
  [
    'INTERLOCK_FOUNDERS',
    'npm start',
    'one person for each role',
    'the people whom nobody invites, as `NAME=ROLE,NAME=ROLE`; one of them is an `administrator`. While one of them is the only person who has signed in, one person suffices for a change, which is marked `solo`',
  ],
  [
    'LOG_LEVEL',
    'every process',
    '`info`',
    'least level that is logged: `trace`, `debug`, `info`, `warn`, `error`, `fatal`',
  ],
  [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'every service',
    'not set: no spans leave the process',
    'where OpenTelemetry spans go, over OTLP with HTTP. The other standard `OTEL_*` variables also work, such as `OTEL_TRACES_SAMPLER` and `OTEL_EXPORTER_OTLP_HEADERS`',
  ],
  [
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    'every service',
    '(not set)',
    'the whole address for spans, in place of the endpoint and `/v1/traces`',
  ],
  ['OTEL_TRACES_EXPORTER', 'every service', '`otlp`', '`none` exports no spans'],
  ['OTEL_SDK_DISABLED', 'every service', '`false`', '`true` exports no spans'],
  [
    'OTEL_SERVICE_NAME',
    'every service',
    "each service's own name",
    'one `service.name` for everything in the process',
  ],
  [
    'INTERLOCK_RATE_LIMIT',
    'every service, edge',
    '`' + rateLimit + '`',
    'requests a minute of one principal, and of all requests without an accepted token from one address',
  ],
  [
    'PROJECTION_LAG_LIMIT_S',
    'every service with read models',
    '`' + defaults.projection_lag_limit_s + '`',
    'seconds that an event may wait to be projected; beyond, the service is not ready and the alert `projection_lag` is raised; 1 to 86400',
  ],
  [
    'RETENTION_SWEEP_S',
    'every service with read models',
    '`' + defaults.retention_sweep_s + '`',
    'seconds between two rounds in which a service removes what is past its retention; 1 to 86400',
  ],
  [
    'EVENT_STORE_URL',
    'a service as its own process, `interlock projections`, `relay`, `bus`',
    'required',
    'connection string of the log, `esdb://HOST:2113?tls=true&tlsCAFile=FILE`',
  ],
  [
    'EVENT_STORE_USER',
    'a service as its own process, `interlock projections`, `relay`, `bus`',
    "the service's name; `reader` for the command line",
    'user of the log, where `EVENT_STORE_PASSWORD_FILE` is set',
  ],
  [
    'EVENT_STORE_PASSWORD_FILE',
    'a service as its own process, `interlock projections`, `relay`, `bus`',
    'empty: the user in `EVENT_STORE_URL`, where it names one',
    "file with the password of the log's user",
  ],
  [
    'EVENT_STORE_USERS_DIR',
    '`prepare` of a container',
    'empty: the users of an EventStoreDB are made by hand',
    "folder with each user's password in the file `log-NAME`, for an EventStoreDB that `prepare` makes users on",
  ],
  [
    'EVENT_KEYS_DIR',
    'a service as its own process, `interlock audit verify`, `relay`, `projections`, `bus accounts`',
    'empty: events are not signed',
    "folder with `writers.json` and the `NAME.key` of the process's own services, which sign their events",
  ],
  ['NATS_URL', 'a service as its own process', 'required', 'address of the bus'],
  [
    'NATS_USER',
    'a service as its own process, `interlock relay`',
    "the service's name; `operator` for the command line",
    'user on the bus',
  ],
  [
    'NATS_PASSWORD',
    'a service as its own process, `interlock relay`',
    'empty',
    'password on the bus of that user',
  ],
  [
    'NATS_CREDS_FILE',
    'a service as its own process, `interlock relay`',
    '(not set)',
    'creds file of that user, in place of the password where the bus is in operator mode; read again at each connection',
  ],
  [
    'NATS_CA_FILE',
    'a service as its own process, `interlock relay`, `bus accounts --push`, `doctor`',
    "(not set): Node's authorities",
    "file, PEM, of the authorities of the bus's certificate; where it is set, a bus without TLS is refused; read again at each connection",
  ],
  [
    'NATS_CERT_FILE',
    'a service as its own process, `interlock relay`, `bus accounts --push`, `doctor`',
    '(not set)',
    'file, PEM, of the certificate with which the client shows itself to the bus, beside its login; needs `NATS_KEY_FILE`',
  ],
  [
    'NATS_KEY_FILE',
    'a service as its own process, `interlock relay`, `bus accounts --push`, `doctor`',
    '(not set)',
    'file, PEM, of the key of `NATS_CERT_FILE`',
  ],
  [
    'DATABASE_URL',
    'a service as its own process',
    'required',
    "connection string of the read models' database",
  ],
  [
    'DATABASE_PASSWORD',
    'a service as its own process',
    'empty: the password in `DATABASE_URL`, where it names one',
    'password of the database, with any characters; a container also reads it from `DATABASE_PASSWORD_FILE`',
  ],
  [
    'DATABASE_POOL_MAX',
    'a service as its own process, `prepare` of a container',
    '`40`; `docker-compose.yml` sets `12`',
    'connections that the pool of one process may open',
  ],
  [
    'ALLOW_SUPERUSER',
    'a service as its own process',
    '`false`: such a service does not start',
    '`true` accepts a database role that row-level security does not limit',
  ],
  [
    'DATABASE_PASSWORDS_FILE',
    '`prepare` of a container',
    'required',
    "JSON file with the password of each service's database role, by service",
  ],
  [
    'NATS_STREAM_REPLICAS',
    '`prepare` of a container',
    '`1`',
    'how many servers of the bus keep each stream; at most as many as the cluster has',
  ],
  [
    'INTERLOCK_AUTH_FILE',
    'a container',
    'required without `INTERLOCK_ISSUER`',
    "JSON file with the issuer, audience and keys of the installation's own tokens, as `init` makes it",
  ],
  [
    'INTERLOCK_ISSUER_DIR',
    'edge and demo in a container',
    'not set: nobody logs in by invitation',
    "folder with the key of the installation's own tokens",
  ],
  ['DEMO_STATE_DIR', 'demo in a container', 'required', 'folder of the simulated devices'],
  ['DEMO_EVERY_S', 'demo in a container', '45', 'seconds from one action of the demo to the next'],
  ['DEMO_HOST', 'demo in a container', 'required', 'name at which the gateway reaches the simulated devices'],
  [
    'PEOPLE_KEY_FILE',
    'a service as its own process, `interlock privacy rewrap`',
    "required; the home's `secrets/people-key`",
    "file of the master key of the people's table, 64 hex digits a line, the first is the current one; the same for every service",
  ],
  [
    'INTERLOCK_AUTH',
    'a service started by `npm start -- --processes`',
    'required',
    'issuer, audience and keys of tokens, as JSON',
  ],
  [
    'INTERLOCK_BUS_PASSWORDS',
    'services in a process started by `npm start -- --processes` or `--workers`',
    '(not set)',
    'the passwords on the bus of those services, as JSON by service',
  ],
  ['INTERLOCK_ISSUER', 'a container', 'empty: `INTERLOCK_AUTH_FILE`', 'issuer of tokens'],
  [
    'INTERLOCK_AUDIENCE',
    'a container',
    'required with `INTERLOCK_ISSUER`; `docker-compose.yml` sets `interlock`',
    'audience of tokens',
  ],
  [
    'INTERLOCK_AGENT_JWKS_URL',
    'a container',
    'the edge of the installation',
    "where the public key of agents' tokens is, which the edge signs",
  ],
  ['INTERLOCK_JWKS_URL', 'a container', 'required with `INTERLOCK_ISSUER`', "where the issuer's keys are"],
  [
    'INTERLOCK_ROLES_CLAIM',
    'a container',
    'not set; `docker-compose.yml` sets `roles`',
    "claim of an identity provider's tokens with the roles; `a.b` is the member `b` of the claim `a`. Without it only tokens are taken that say `principal_kind` and `scope` themselves",
  ],
  [
    'INTERLOCK_TENANT_CLAIM',
    'a container',
    '`tenant`',
    "claim with the person's own tenant; further ones stand in `tenants`",
  ],
  [
    'INTERLOCK_PERSON_CLAIM',
    'a container',
    '(not set)',
    "what only a person's token has, `claim` or `claim=value`, where the provider's tokens have neither `auth_time` nor `amr` ([tokens](integrating.md#whose-a-providers-plain-token-is)); a token that says neither whose it is, nor is marked as a program's, is refused",
  ],
  [
    'INTERLOCK_MIGRATE',
    'a service started by `npm start -- --processes`',
    '`false`',
    '`true`: migrations run at start',
  ],
  [
    'CREATE_TABLES_ON_STARTUP',
    'a service as its own process',
    '`false`',
    '`true`: migrations run at start; the embedded stack always runs them',
  ],
];
