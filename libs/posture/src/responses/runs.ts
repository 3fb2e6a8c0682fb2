import type { PostureInputs, PostureLevel, Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

export type RunTrigger = 'schedule' | 'command' | 'change';

type RunData = {
  readonly run_id: string;
  readonly trigger: RunTrigger;
  /** The scheduled time; absent if a person or another scheduler requested the run. */
  readonly due_at?: Timestamp;
};

export type PostureRunEvent =
  | {
      readonly type: 'PostureEvaluated';
      readonly data: RunData & {
        readonly policy: PostureLevel;
        readonly effective: PostureLevel;
        readonly inputs: PostureInputs;
      };
    }
  /**
   * Its files could not be written, or an input file could not be read. `branch`: the fix branch
   * with the logs; null without a repository.
   */
  | {
      readonly type: 'PostureRunFailed';
      readonly data: RunData & { readonly branch: string | null; readonly detail: string };
    };
type Failed = Extract<PostureRunEvent, { readonly type: 'PostureRunFailed' }>['data'];
type Evaluated = Extract<PostureRunEvent, { readonly type: 'PostureEvaluated' }>['data'];

export type PostureRunCommand =
  | { readonly kind: 'RecordRun'; readonly run: Evaluated }
  | { readonly kind: 'RecordFailedRun'; readonly run: Failed };

export type PostureRunState = {
  /** The newest runs, newest last, by their recorded ids. */
  readonly runs: readonly string[];
  /** The due time of the last scheduled run. */
  readonly last_due: Timestamp | null;
  readonly last: (PostureRunEvent & { readonly at: Timestamp }) | null;
};

const keptRuns = 200;
const keyOf = (type: PostureRunEvent['type'], runId: string): string => `${type} ${runId}`;

/** True if a run is recorded, however it ended. */
export const isRecorded = ({ runs }: Pick<PostureRunState, 'runs'>, runId: string): boolean =>
  runs.includes(keyOf('PostureEvaluated', runId)) || runs.includes(keyOf('PostureRunFailed', runId));

/**
 * Stream of `runsStream`: one evaluation for each run, or one failure. A failed run has no
 * evaluation, so nothing is started after it.
 */
export const postureRunDecider: Decider<PostureRunCommand, PostureRunEvent, PostureRunState> = {
  name: 'posture runs',
  types: ['PostureEvaluated', 'PostureRunFailed'],
  initial: { runs: [], last_due: null, last: null },
  decide: (command, { runs }) => {
    const event: PostureRunEvent =
      command.kind === 'RecordRun'
        ? { type: 'PostureEvaluated', data: command.run }
        : { type: 'PostureRunFailed', data: command.run };
    return runs.includes(keyOf(event.type, event.data.run_id)) ? [] : [event];
  },
  evolve: (state, event) => ({
    runs: [...state.runs, keyOf(event.type, event.data.run_id)].slice(-keptRuns),
    last_due: event.data.due_at ?? state.last_due,
    last:
      event.type === 'PostureEvaluated'
        ? { type: event.type, data: event.data, at: event.metadata.occurred_at }
        : { type: event.type, data: event.data, at: event.metadata.occurred_at },
  }),
};

/** The default schedule: daily at 04:45 UTC. */
const scheduledAt = { hour: 4, minute: 45 } as const;
const dayMs = 86_400_000;

/** The last due time of the daily evaluation up to `now`. */
export const lastDue = (now: Timestamp): Timestamp => {
  const at = new Date(now);
  const today = Date.UTC(
    at.getUTCFullYear(),
    at.getUTCMonth(),
    at.getUTCDate(),
    scheduledAt.hour,
    scheduledAt.minute,
  );
  return new Date(today <= at.getTime() ? today : today - dayMs).toISOString();
};

/** The next due time of the daily evaluation after `now`. */
export const nextDue = (now: Timestamp): Timestamp =>
  new Date(Date.parse(lastDue(now)) + dayMs).toISOString();
