import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { busOperator, logReader } from '@interlock/contracts';
import { readEventKeys, readLogUrl } from '@interlock/eventstore';
import { readBusAddress, type BusAddress } from '@interlock/jetstream';
import {
  databaseUrl,
  poolMaxIn,
  replicasIn,
  secretVariables,
  streamReplicasIn,
  type Environment,
} from '../container/variables.js';
import { authIn } from '../container/settings.js';
import { manifest } from '../manifest.js';
import type { ArchiveSource } from './archive.js';
import type { BusSource } from './bus.js';
import type { FilesSource } from './files.js';
import type { IdentitySource } from './identity.js';
import type { LogSource } from './log.js';
import type { DatabaseSource } from './postgres.js';

/** Everything that the checks of an installation need. An absent part is undefined. */
export type Sources = {
  readonly database: DatabaseSource | undefined;
  readonly bus: BusSource | undefined;
  readonly log: LogSource | undefined;
  readonly identity: IdentitySource | undefined;
  readonly archive: ArchiveSource | undefined;
  readonly files: FilesSource;
  /** The texts that no output may contain. */
  readonly secrets: readonly string[];
};
/** A running embedded home, by its `runtime.json`. */
export type HomeSource = {
  readonly home: string;
  readonly postgres: string;
  readonly eventStore: string;
  readonly bus: BusAddress;
};

const isSet = (environment: Environment, name: string): boolean => (environment[name] ?? '') !== '';

/** Returns the password in the address of a part, encoded and decoded. */
const passwordsIn = (url: string): readonly string[] => {
  const password = /:\/\/[^:/?@]*:([^@]*)@/.exec(url)?.[1] ?? '';
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
};

const secretFiles = [
  ...secretVariables.map((name) => `${name}_FILE`),
  'DATABASE_PASSWORDS_FILE',
  'EVENT_STORE_PASSWORD_FILE',
  'NATS_CREDS_FILE',
  'NATS_KEY_FILE',
  'PEOPLE_KEY_FILE',
  'EVENT_KEYS_DIR',
  'AUDIT_KEY_DIR',
  'INTERLOCK_ISSUER_DIR',
] as const;
const stateFolders = ['AUDIT_STATE_DIR', 'EDGE_STATE_DIR', 'ALERTING_STATE_DIR', 'AUDIT_ARCHIVE'] as const;

const namedIn = (environment: Environment, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => environment[name] || []);

const archiveIn = (environment: Environment): ArchiveSource | undefined => {
  const place = environment['AUDIT_ARCHIVE'] ?? '';
  return place === '' ? undefined : { place, variables: environment };
};

/**
 * Returns the parts that the environment of services describes. `service` is the one whose users
 * log in to bus and log; without it, the command line's users do.
 */
export const sourcesIn = (environment: Environment, service: string | undefined): Sources => ({
  database: isSet(environment, 'DATABASE_URL')
    ? {
        url: () => databaseUrl(environment),
        poolMax: poolMaxIn(environment),
        wanted: manifest.reduce(
          (sum, one) => sum + poolMaxIn(environment) * replicasIn(environment, one.service),
          0,
        ),
        allowSuperuser: environment['ALLOW_SUPERUSER'] === 'true',
      }
    : undefined,
  bus: isSet(environment, 'NATS_URL')
    ? {
        address: () => readBusAddress(environment, environment['NATS_USER'] || service || busOperator),
        replicas: isSet(environment, 'NATS_STREAM_REPLICAS') ? streamReplicasIn(environment) : undefined,
      }
    : undefined,
  log: isSet(environment, 'EVENT_STORE_URL')
    ? {
        url: () => readLogUrl(environment, service ?? logReader),
        keys: () => {
          const keys = readEventKeys(environment, service === undefined ? [] : [service]);
          return keys === null ? null : [...keys.own.keys()];
        },
      }
    : undefined,
  identity: isSet(environment, 'INTERLOCK_ISSUER')
    ? {
        auth: () => authIn(environment),
        hasConsole: isSet(environment, 'INTERLOCK_OIDC_CLIENT_ID'),
        hasDevice: isSet(environment, 'INTERLOCK_OIDC_CLI_CLIENT_ID'),
      }
    : undefined,
  archive: archiveIn(environment),
  files: {
    secrets: namedIn(environment, secretFiles),
    disks: namedIn(environment, stateFolders).filter(existsSync),
    ...(isSet(environment, 'PEOPLE_KEY_FILE') ? { peopleKey: environment['PEOPLE_KEY_FILE']! } : {}),
  },
  secrets: [
    ...namedIn(environment, secretVariables),
    ...namedIn(environment, ['EVENT_STORE_PASSWORD_FILE']).map(textOf),
    ...namedIn(environment, ['DATABASE_URL', 'EVENT_STORE_URL', 'NATS_URL']).flatMap(passwordsIn),
  ],
});

/** The connections that the process of an embedded home may open. */
const homePool = 40;

/** Returns the parts that an embedded home runs itself. */
export const sourcesOf = ({ home, postgres, eventStore, bus }: HomeSource): Sources => ({
  database: { url: () => postgres, poolMax: homePool, wanted: homePool, allowSuperuser: false },
  bus: { address: () => bus, replicas: 1 },
  log: { url: () => eventStore },
  identity: undefined,
  archive: archiveIn({ AUDIT_ARCHIVE: join(home, 'audit', 'archive') }),
  files: {
    home,
    secrets: ['secrets', 'keys', 'audit/keys'].map((name) => join(home, name)).filter(existsSync),
    disks: [home],
    peopleKey: join(home, 'secrets', 'people-key'),
  },
  secrets: [...[postgres, eventStore].flatMap(passwordsIn), ...('password' in bus ? [bus.password] : [])],
});
