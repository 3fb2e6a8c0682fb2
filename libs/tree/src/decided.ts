import type { AccessEvent, SecretEvent } from '@interlock/contracts';
import { releaseEvents, type Decided, type DecidedStreams } from '@interlock/kernel';
import { accessDecider, type AccessCommand, type AccessState } from './access.js';
import {
  archiveDecider,
  type ArchiveCommand,
  type ArchiveEvent,
  type ArchiveState,
} from './archive/decider.js';
import {
  checkpointDecider,
  type CheckpointCommand,
  type CheckpointEvent,
  type CheckpointState,
} from './checkpoint/decider.js';
import { logKeyDecider, type LogKeyCommand, type LogKeyEvent, type LogKeyState } from './key/decider.js';
import { personDecider, type PersonCommand, type PersonEvent, type PersonState } from './person.js';
import { secretDecider, type SecretCommand, type SecretState } from './secrets.js';

export const personDecided: Decided<PersonCommand, PersonEvent, PersonState> = {
  category: 'person',
  kind: 'person',
  decider: personDecider,
  holds: ({ data }, { id }) => data.person_id === id,
};

const isSecrets = (id: string): boolean => id.startsWith('secrets=');

export const accessDecided: Decided<AccessCommand, AccessEvent, AccessState> = {
  category: 'access',
  ids: (id) => !isSecrets(id),
  kind: 'access',
  decider: accessDecider,
  holds: ({ metadata }, { id }) => metadata.occurred_at.startsWith(id),
};

export const secretDecided: Decided<SecretCommand, SecretEvent, SecretState> = {
  category: 'access',
  ids: isSecrets,
  kind: 'secret',
  decider: secretDecider,
  holds: ({ data }, { id }) => id === `secrets=${data.use}`,
};

export const checkpointDecided: Decided<CheckpointCommand, CheckpointEvent, CheckpointState> = {
  category: 'checkpoint',
  ids: (id) => id === 'log',
  kind: 'checkpoint',
  decider: checkpointDecider,
};

export const logKeyDecided: Decided<LogKeyCommand, LogKeyEvent, LogKeyState> = {
  category: 'checkpoint',
  ids: (id) => id === 'keys',
  kind: 'log_key',
  decider: logKeyDecider,
};

export const archiveDecided: Decided<ArchiveCommand, ArchiveEvent, ArchiveState> = {
  category: 'checkpoint',
  ids: (id) => id === 'archive',
  kind: 'archive',
  decider: archiveDecider,
};

/** The streams of this context, and those in which each service names its programs. */
export const treeStreams: readonly DecidedStreams[] = [
  personDecided,
  accessDecided,
  secretDecided,
  checkpointDecided,
  logKeyDecided,
  archiveDecided,
  { category: 'release', decider: releaseEvents },
];
