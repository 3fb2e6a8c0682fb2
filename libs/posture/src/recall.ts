import type { PostureSignalName } from '@interlock/contracts';
import type { DecidedStreams, RecalledStreams } from '@interlock/kernel';
import {
  checkPostureConfig,
  postureConfigDecider,
  type PostureConfigCommand,
  type PostureConfigEvent,
  type PostureConfigState,
} from './config.js';
import { levelDecider } from './level.js';
import {
  brakeRecall,
  checksRecall,
  responseRecall,
  responseWorkRecall,
  trustLockRecall,
} from './response-recall.js';
import {
  postureRunDecider,
  type PostureRunCommand,
  type PostureRunEvent,
  type PostureRunState,
} from './runs.js';
import {
  signalDecider,
  signalOrigins,
  type SignalCommand,
  type SignalEvent,
  type SignalState,
} from './signals.js';

export const postureConfigRecall: RecalledStreams<
  PostureConfigCommand,
  PostureConfigEvent,
  PostureConfigState
> = {
  category: 'posture',
  ids: (id) => id === 'config',
  kind: 'setting',
  decider: postureConfigDecider,
  whole: () => true,
  recall: ([{ data }]) =>
    checkPostureConfig(data).length > 0 ? [] : [{ kind: 'ConfigurePosture', config: data }],
};

/** What was wrong with a refused report is not kept, so it is looked at only whether the refusal was new. */
export const signalRecall: RecalledStreams<SignalCommand, SignalEvent, SignalState> = {
  category: 'signal',
  kind: 'signal',
  decider: signalDecider,
  // Before there were origins, the last report was all that counted.
  whole: ({ type, data }) => type === 'SignalReported' && data.origin === undefined,
  recall: ([{ type, data, metadata }], _state, { id }) => {
    if (type === 'SignalRefused') return null;
    const known = data.origin === undefined || signalOrigins.includes(data.origin);
    return data.name === id && known
      ? [
          {
            kind: 'ReportSignal',
            name: id as PostureSignalName,
            value: data.value,
            at: data.at,
            source: data.source,
            now: metadata.occurred_at,
            ...(data.origin === undefined ? { rules: 'first' as const } : { origin: data.origin }),
            ...(data.origin === 'external' && data.credential === undefined
              ? { rules: 'second' as const }
              : {}),
            ...(data.credential === undefined ? {} : { credential: data.credential }),
            ...(data.unwitnessed === true ? { unwitnessed: true as const } : {}),
          },
        ]
      : [];
  },
};

export const postureRunRecall: RecalledStreams<PostureRunCommand, PostureRunEvent, PostureRunState> = {
  category: 'posture',
  ids: (id) => id === 'runs',
  kind: 'posture_run',
  decider: postureRunDecider,
  recall: ([event]) =>
    event.type === 'PostureEvaluated'
      ? [{ kind: 'RecordRun', run: event.data }]
      : [{ kind: 'RecordFailedRun', run: event.data }],
};

/** The streams of this context. What the level was decided under stands in other streams, so a replay that follows these recalls it. */
export const postureStreams: readonly DecidedStreams[] = [
  signalRecall,
  postureConfigRecall,
  postureRunRecall,
  checksRecall,
  trustLockRecall,
  brakeRecall,
  responseRecall,
  responseWorkRecall,
  { category: 'posture', ids: (id) => id === 'level', decider: levelDecider },
];
