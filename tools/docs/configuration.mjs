import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { defaults } from '@interlock/contracts';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (path) => readFileSync(`${root}${path}`, 'utf8');

const rateLimit = /defaultRateLimit = ([\d_]+)/
  .exec(textOf('libs/platform/src/rate-limit.ts'))[1]
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
    'LOG_LEVEL',
    'every process',
    '`info`',
    'least level that is logged: `trace`, `debug`, `info`, `warn`, `error`, `fatal`',
  ],
  [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'every service',
    'not set: no spans leave the process',
    'where OpenTelemetry spans go',
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
    '`prepare` of deploy/docker',
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
    'DATABASE_URL',
    'a service as its own process',
    'required',
    "connection string of the read models' database",
  ],
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
  ['INTERLOCK_ISSUER', 'a container', 'required', 'issuer of tokens'],
  [
    'INTERLOCK_AUDIENCE',
    'a container',
    'required; `docker-compose.yml` sets `interlock`',
    'audience of tokens',
  ],
  ['INTERLOCK_JWKS_URL', 'a container', 'required', "where the issuer's keys are"],
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

/** Descriptions of variables whose class gives only their name. */
const described = {
  NETCONF_CONNECT_MS: "Deadline of a device's TCP and SSH connection.",
  NETCONF_HELLO_MS: 'Deadline of the NETCONF hello.',
  NETCONF_RPC_MS: 'Deadline of one NETCONF RPC.',
  AGENT_SWEEP_MS: 'How often calls that have not ended are looked at again.',
  NETCONF_SWEEP_MS: 'How often unfinished transactions are looked at again.',
  KILL_SWITCH_LEASE_MS: 'How long one read of the kill switches allows to start work.',
  SAFETY_RAILS_SWEEP_S: 'How often unfinished actions are looked at again.',
};

const members = (file) => {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isClassDeclaration).flatMap((one) =>
    one.members.filter(ts.isPropertyDeclaration).map((member) => ({
      name: member.name.getText(),
      initial: member.initializer?.getText() ?? 'undefined',
      rules: (ts.getDecorators(member) ?? []).map((decorator) => decorator.expression.getText()),
      comment: ts
        .getJSDocCommentsAndTags(member)
        .map((doc) => (ts.getTextOfJSDocComment(doc.comment) ?? '').replace(/\s+/g, ' '))
        .join(' '),
    })),
  );
};

const valueOf = (initial) => new Function('defaults', `return ${initial}`)(defaults);
const limitsOf = (rules) => {
  const of = (name) => rules.find((rule) => rule.startsWith(`${name}(`))?.slice(name.length + 1, -1);
  if (of('Min') !== undefined) return `${of('Min')} to ${of('Max')}`.replaceAll('_', '');
  const pattern = of('Matches');
  return pattern === undefined ? '' : `\`${pattern}\``;
};
const shown = (value) => (value === undefined ? 'not set' : `\`${value}\``);

/** Services with a config class, by name. */
export const services = () =>
  readdirSync(`${root}apps`)
    .filter((app) => configsOf(app).length > 0)
    .sort();
export const variablesOf = (service) => configsOf(service).flatMap(members);

/** A service's config classes: its own, and those in subfolders. */
const configsOf = (app) => {
  const source = `apps/${app}/src`;
  if (!existsSync(`${root}${source}`)) return [];
  const folders = readdirSync(`${root}${source}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${source}/${name}`)
    .sort();
  return [source, ...folders]
    .map((folder) => `${folder}/config.ts`)
    .filter((file) => existsSync(`${root}${file}`));
};

const table = (head, rows) => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => ' --- |').join('')}`,
  ...rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`),
];

const flat = (value, path = '') =>
  typeof value === 'object'
    ? Object.entries(value).flatMap(([key, one]) => flat(one, path === '' ? key : `${path}.${key}`))
    : [[path, value]];
const setBy = (name) =>
  services()
    .flatMap((service) =>
      variablesOf(service)
        .filter(({ initial }) => new RegExp(`\\bdefaults\\.${name}\\b`).test(initial))
        .map(({ name: variable }) => `\`${variable}\``),
    )
    .join(', ');

/** `docs/configuration.md`, from the config classes of the apps and the contract's defaults. */
export const renderConfiguration = () =>
  [
    '# Configuration',
    '',
    'Generated from the classes in `config.ts` of the apps and `libs/contracts/src/defaults.ts` by `node tools/docs.mjs`; do not edit. A service that finds faults in its environment does not start, and names them all, without their values.',
    '',
    '## Every process',
    '',
    ...table(
      ['variable', 'read by', 'default', 'what'],
      plainVariables.map(([name, ...rest]) => [`\`${name}\``, ...rest]),
    ),
    '',
    'What `docker-compose.yml` wants set, its other parts included, stands in [deploy/docker/example.env](../deploy/docker/example.env).',
    '',
    ...services().flatMap((service) => [
      `## ${service}`,
      '',
      ...table(
        ['variable', 'default', 'range', 'what'],
        variablesOf(service).map(({ name, initial, rules, comment }) => [
          `\`${name}\``,
          shown(valueOf(initial)),
          limitsOf(rules),
          comment === '' ? (described[name] ?? '') : comment,
        ]),
      ),
      '',
    ]),
    'The other services read nothing but the variables of every process.',
    '',
    '## Defaults',
    '',
    "The numbers that the product promises, in one place. `_s` is seconds, `_ms` milliseconds. Where a policy, a tenant's settings or an action type may say otherwise, the guides say so.",
    '',
    ...table(
      ['name', 'default', 'variable'],
      flat(defaults).map(([name, value]) => [`\`${name}\``, `\`${value}\``, setBy(name)]),
    ),
  ]
    .join('\n')
    .trimEnd() + '\n';

/** Every environment variable that a source of `folder` reads by name. */
export const variablesReadIn = (folder) => {
  const files = readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.ts'),
  );
  const reads = /(?:\benv|\benvironment)(?:\[['"]([A-Z][A-Z0-9_]+)['"]\]|\.([A-Z][A-Z0-9_]+)\b)/g;
  return new Set(
    files.flatMap((entry) =>
      [...readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8').matchAll(reads)].map(
        (match) => match[1] ?? match[2],
      ),
    ),
  );
};
