import { actorKey } from '@interlock/contracts';
import type { Decided, DecidedStreams } from '@interlock/kernel';
import { brakeDecider } from './responses/brake.js';
import { checksDecider } from './checks.js';
import {
  checkPostureConfig,
  postureConfigDecider,
  type PostureConfigCommand,
  type PostureConfigEvent,
  type PostureConfigState,
} from './config.js';
import { levelDecider } from './level/level.js';
import { responseDecider } from './responses/response.js';
import { responseWorkDecider } from './responses/response-work.js';
import { postureRunDecider } from './responses/runs.js';
import {
  signalDecider,
  signalOrigins,
  type SignalCommand,
  type SignalEvent,
  type SignalState,
} from './level/signals.js';
import { isResponseWork } from './streams.js';
import { trustLockDecider } from './responses/trust-lock.js';

export const postureConfigDecided: Decided<PostureConfigCommand, PostureConfigEvent, PostureConfigState> = {
  category: 'posture',
  ids: (id) => id === 'config',
  kind: 'setting',
  decider: postureConfigDecider,
  whole: () => true,
  holds: ({ data }) => checkPostureConfig(data).length === 0,
};

export const signalDecided: Decided<SignalCommand, SignalEvent, SignalState> = {
  category: 'signal',
  kind: 'signal',
  decider: signalDecider,
  // The writer of an external report must be its credential.
  holds: ({ type, data, metadata }, { id }) =>
    data.name === id &&
    (type === 'SignalRefused'
      ? data.violations.length > 0
      : signalOrigins.some((origin) => origin === data.origin) &&
        [undefined, actorKey(metadata.actor)].includes(data.credential)),
};

export const postureRunDecided = {
  category: 'posture',
  ids: (id: string): boolean => id === 'runs',
  kind: 'posture_run',
  decider: postureRunDecider,
};

export const checksDecided = {
  category: 'posture',
  ids: (id: string): boolean => id === 'checks',
  kind: 'check',
  decider: checksDecider,
};

export const levelDecided = {
  category: 'posture',
  ids: (id: string): boolean => id === 'level',
  kind: 'level',
  decider: levelDecider,
};

export const trustLockDecided = { category: 'trust_lock', kind: 'trust_lock', decider: trustLockDecider };
export const brakeDecided = { category: 'brake', kind: 'brake', decider: brakeDecider };

export const responseDecided = {
  category: 'response',
  ids: (id: string): boolean => !isResponseWork(id),
  kind: 'response',
  decider: responseDecider,
};

export const responseWorkDecided = {
  category: 'response',
  ids: isResponseWork,
  kind: 'response_work',
  decider: responseWorkDecider,
};

/** The streams of this context. */
export const postureStreams: readonly DecidedStreams[] = [
  signalDecided,
  postureConfigDecided,
  postureRunDecided,
  checksDecided,
  trustLockDecided,
  brakeDecided,
  responseDecided,
  responseWorkDecided,
  levelDecided,
];
