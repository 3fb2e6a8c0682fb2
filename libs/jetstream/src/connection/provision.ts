import { busStreams, type BusStream } from '@interlock/contracts';
import {
  DiscardPolicy,
  nanos,
  NatsError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type NatsConnection,
  type StreamConfig,
} from 'nats';
import { answered } from './answered.js';
import { busProblem } from './bus-problem.js';
import { relayStreams, type RelayStream } from './relay-buckets.js';

/** Settings of our streams, all of which nats-server 2.9 knows. */
export type BusStreamConfig = Pick<
  StreamConfig,
  | 'name'
  | 'subjects'
  | 'retention'
  | 'storage'
  | 'discard'
  | 'max_age'
  | 'max_msg_size'
  | 'duplicate_window'
  | 'num_replicas'
>;
export type StreamChange =
  | { readonly kind: 'create'; readonly stream: BusStream; readonly config: BusStreamConfig }
  | {
      readonly kind: 'update';
      readonly stream: BusStream | RelayStream;
      readonly config: BusStreamConfig;
      readonly differences: readonly (keyof BusStreamConfig)[];
    }
  /** A change that NATS cannot make in place, so a person must decide. */
  | {
      readonly kind: 'conflict';
      readonly stream: BusStream;
      readonly differences: readonly (keyof BusStreamConfig)[];
    };

const fixed: readonly (keyof BusStreamConfig)[] = ['retention', 'storage'];
const duplicateWindowMs = 120_000;
/** The largest size of a message in our streams, in bytes, including headers. */
export const maxMessageBytes = 1_048_576;

const configOf = (stream: (typeof busStreams)[number], replicas: number): BusStreamConfig => ({
  name: stream.name,
  subjects: [...stream.subjects],
  retention: stream.retention === 'workqueue' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  max_age: nanos(stream.max_age_s * 1000),
  max_msg_size: maxMessageBytes,
  duplicate_window: nanos(duplicateWindowMs),
  num_replicas: replicas,
});

/**
 * Compares the streams of the contracts with those of the server and lists the necessary changes,
 * without making them. The relay makes its own buckets; only their replicas are compared. Throws
 * `bus-unavailable`.
 */
export const planStreams = async (
  connection: NatsConnection,
  { replicas = 1 }: { readonly replicas?: number } = {},
): Promise<readonly StreamChange[]> => {
  try {
    const manager = await answered(() => connection.jetstreamManager());
    const changes: StreamChange[] = [];
    for (const stream of busStreams) {
      const config = configOf(stream, replicas);
      const present = await presentConfig(manager, stream.name);
      if (present === undefined) {
        changes.push({ kind: 'create', stream: stream.name, config });
        continue;
      }
      const names = Object.keys(config) as (keyof BusStreamConfig)[];
      const differences = names.filter(
        (name) => JSON.stringify(present[name]) !== JSON.stringify(config[name]),
      );
      if (differences.some((name) => fixed.includes(name)))
        changes.push({ kind: 'conflict', stream: stream.name, differences });
      else if (differences.length > 0)
        changes.push({ kind: 'update', stream: stream.name, config, differences });
    }
    for (const stream of relayStreams) {
      const present = await presentConfig(manager, stream);
      if (present !== undefined && present.num_replicas !== replicas)
        changes.push({
          kind: 'update',
          stream,
          config: { ...present, num_replicas: replicas },
          differences: ['num_replicas'],
        });
    }
    return changes;
  } catch (error) {
    throw busProblem(error, 'looking at the streams');
  }
};

/**
 * Makes the changes of a plan. A conflict is refused before anything is changed (`wrong-state`).
 * Throws `bus-unavailable`.
 */
export const applyStreams = async (
  connection: NatsConnection,
  plan: readonly StreamChange[],
): Promise<void> => {
  const conflict = plan.find((change) => change.kind === 'conflict');
  if (conflict !== undefined) {
    throw busProblem(
      new Error(
        `stream \`${conflict.stream}\` differs in ${conflict.differences.join(', ')}, which cannot be changed in place`,
      ),
      'changing the streams',
      {
        code: 'wrong-state',
        remedy: `save what is in the stream \`${conflict.stream}\`, delete it, then run this again`,
      },
    );
  }
  try {
    const manager = await answered(() => connection.jetstreamManager());
    for (const change of plan) {
      if (change.kind === 'create') await answered(() => manager.streams.add(change.config));
      if (change.kind === 'update')
        await answered(() => manager.streams.update(change.stream, change.config));
    }
  } catch (error) {
    throw busProblem(error, 'changing the streams');
  }
};

/** Makes the server's streams match the contracts. Any number of services may do so at once. */
export const provision = async (
  connection: NatsConnection,
  options: { readonly replicas?: number } = {},
): Promise<readonly StreamChange[]> => {
  const plan = await planStreams(connection, options);
  await applyStreams(connection, plan);
  return plan;
};

/**
 * Creates our missing streams and leaves the others unchanged; returns the names of the created
 * ones. By default, they get as many replicas as the present streams have. Throws
 * `bus-unavailable`.
 */
export const provisionMissing = async (
  connection: NatsConnection,
  options: { readonly replicas?: number } = {},
): Promise<readonly BusStream[]> => {
  const replicas = options.replicas ?? (await presentReplicas(connection));
  const missing = (await planStreams(connection, { replicas })).filter((change) => change.kind === 'create');
  await applyStreams(connection, missing);
  return missing.map(({ stream }) => stream);
};

/**
 * The largest number of replicas of our streams; 1 if there are no streams. Throws
 * `bus-unavailable`.
 */
export const presentReplicas = async (connection: NatsConnection): Promise<number> => {
  try {
    const manager = await answered(() => connection.jetstreamManager());
    const present = await Promise.all(busStreams.map(({ name }) => presentConfig(manager, name)));
    return Math.max(1, ...present.map((config) => config?.num_replicas ?? 1));
  } catch (error) {
    throw busProblem(error, 'looking at the streams');
  }
};

const presentConfig = async (manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> => {
  try {
    return (await answered(() => manager.streams.info(name))).config;
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return undefined;
    throw error;
  }
};
