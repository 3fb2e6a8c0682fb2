import { systemTenant, type AccessEvent, type SecretEvent } from '@interlock/contracts';
import { releaseEvents, type Decided, type DecidedStreams } from '@interlock/kernel';
import { accessDecider, type AccessCommand, type AccessState } from './access.js';
import {
  archiveDecider,
  type ArchiveCommand,
  type ArchiveEvent,
  type ArchiveState,
} from './archive/decider.js';
import {
  cutDecider,
  cutNoteDecider,
  type CutCommand,
  type CutEvent,
  type CutNoteCommand,
  type CutNoteEvent,
  type CutNoteState,
  type CutState,
} from './archive/cut.js';
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

const isCuts = (id: string): boolean => id === 'cuts';

export const cutDecided: Decided<CutCommand, CutEvent, CutState> = {
  category: 'checkpoint',
  ids: isCuts,
  kind: 'cut',
  decider: cutDecider,
  holds: (_event, { tenant }) => tenant !== systemTenant,
};

/** The notes of all tenants' cuts, in the stream of the same name of the system. */
export const cutNoteDecided: Decided<CutNoteCommand, CutNoteEvent, CutNoteState> = {
  category: 'checkpoint',
  ids: isCuts,
  kind: 'cut',
  decider: cutNoteDecider,
  holds: (_event, { tenant }) => tenant === systemTenant,
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
  cutDecided,
  cutNoteDecided,
  { category: 'release', decider: releaseEvents },
];
