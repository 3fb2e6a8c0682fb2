import { Archive, openStore } from '@interlock/archive';
import { genuine, type EventStore } from '@interlock/kernel';
import { keysOf, type VerifierKey } from '@interlock/tree';
import { readConfig, type ServiceContext } from '@interlock/platform';
import { CheckpointLog } from '../checkpoints/checkpoint-log.js';
import { KeyFolder } from '../checkpoints/key-folder.js';
import { AuditConfig } from '../config.js';
import { ArchivedLog, type Archived } from './archived-log.js';
import { ArchiveConfig } from './config.js';
import { UncutLog } from './uncut-log.js';

/**
 * Returns a function that reads the keys for an archive: those in `AUDIT_KEY_DIR`, else those named
 * in the log.
 */
export const believedKeys =
  (folder: KeyFolder, log: CheckpointLog): (() => Promise<readonly VerifierKey[]>) =>
  async () => {
    const chain = (await folder.chain()) ?? (await log.keys());
    return chain === null ? [] : (keysOf(chain) ?? []);
  };

/** Returns the archived part of the log; null if no archive is configured. */
export const archivedOf = (
  { environment }: Pick<ServiceContext, 'environment'>,
  keys: () => Promise<readonly VerifierKey[]>,
): Archived | null => {
  const config = readConfig(ArchiveConfig, environment);
  return config.AUDIT_ARCHIVE === undefined
    ? null
    : { archive: new Archive(openStore(config.AUDIT_ARCHIVE, { ...config })), keys };
};

/**
 * Returns the log as projections read it outside their services. If the log was cut or scavenged,
 * the archive fills the gaps; reads fail at once if the archive does not answer. `all` is for a
 * projection that proves every event by its leaf: the archive also fills gaps without a recorded
 * cut.
 */
export const projectionLog = (
  store: EventStore,
  environment: ServiceContext['environment'],
  logger: Pick<ServiceContext['logger'], 'warn'>,
  all: boolean,
): EventStore => {
  const { AUDIT_KEY_DIR: dir, AUDIT_ORIGIN: origin } = readConfig(AuditConfig, environment);
  const keys = believedKeys(new KeyFolder(dir, origin), new CheckpointLog(store, origin));
  const archived = archivedOf({ environment }, keys);
  const filled = new ArchivedLog(store, archived, logger, 1);
  return all ? filled : genuine(new UncutLog(store, archived, filled));
};
