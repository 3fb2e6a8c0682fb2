import { busOperator } from '@interlock/contracts';
import type { BusAddress, StreamChange } from '@interlock/jetstream';
import type { Command } from 'commander';
import type { NatsConnection } from 'nats';
import { answering } from '../../asks.js';
import { remark, tableShape, tell, type Output } from '../../output/output.js';
import { areOfEnvironment } from '../../parts.js';
import { CliError, connectNats, operatorOf, Session, type Globals } from '../../connection/session.js';

type Bus = typeof import('@interlock/jetstream');
type Options = Output & { readonly replicas?: string };
type Row = {
  readonly stream: string;
  readonly change: StreamChange['kind'];
  /** The settings that differ; empty if the stream is missing. */
  readonly differences: readonly string[];
};

const mostReplicas = 5;

const rowOf = (change: StreamChange): Row => ({
  stream: change.stream,
  change: change.kind,
  differences: change.kind === 'create' ? [] : change.differences,
});

const planShape = tableShape<Row>(
  () => [
    { head: 'STREAM', of: ({ stream }) => stream },
    { head: 'CHANGE', of: ({ change }) => change },
    { head: 'DIFFERS IN', of: ({ differences }) => differences.join(', '), fit: 24 },
  ],
  ({ stream }) => stream,
);

/** Returns the number of replicas in a text. Throws if NATS does not support that number. */
const replicasOf = (text: string, name: string): number => {
  const replicas = Number(text);
  if (Number.isInteger(replicas) && replicas >= 1 && replicas <= mostReplicas) return replicas;
  throw new CliError(`${name} must be a number from 1 to ${mostReplicas}, and is \`${text}\``, 2);
};

/**
 * Returns the bus address of the operator's user: that of the environment, else that of the home.
 */
const addressOf = (globals: Globals, { readBusAddress }: Bus): BusAddress => {
  if (areOfEnvironment(globals, 'NATS_URL'))
    return readBusAddress(process.env, process.env['NATS_USER'] || busOperator);
  const { home, runtime } = new Session(globals);
  return operatorOf(home, runtime);
};

/**
 * Returns the wanted number of replicas: that of the option, else of the environment, else the
 * present one.
 */
const wantedReplicas = (
  connection: NatsConnection,
  { presentReplicas }: Bus,
  { replicas }: Options,
): number | Promise<number> => {
  const set = process.env['NATS_STREAM_REPLICAS'] ?? '';
  if (replicas !== undefined) return replicasOf(replicas, '--replicas');
  return set === '' ? presentReplicas(connection) : replicasOf(set, 'NATS_STREAM_REPLICAS');
};

const show = async (
  globals: Globals,
  options: Options,
  work: (connection: NatsConnection, changes: readonly StreamChange[], bus: Bus) => Promise<void>,
  done = '',
): Promise<void> => {
  const bus = await import('@interlock/jetstream');
  const connection = await connectNats(addressOf(globals, bus));
  try {
    const replicas = await wantedReplicas(connection, bus, options);
    const changes = await bus.planStreams(connection, { replicas });
    await work(connection, changes, bus);
    await tell({ items: changes.map(rowOf) }, planShape, options);
    if (changes.length === 0) remark('Every stream is as it should be.');
    else if (done !== '') remark(done);
  } finally {
    await connection.drain();
  }
};

const replicasHelp =
  'how many servers keep each stream; else NATS_STREAM_REPLICAS, else as many as keep the present streams';

/** `interlock bus plan` and `bus apply`: a bus's streams, compared with those Interlock needs. */
export const addBusStreams = (bus: Command, globals: () => Globals): void => {
  answering(bus, 'plan')
    .description(
      "what differs in the streams of the bus (NATS_URL, else the home's), without changing it; ends with 1 if a stream cannot be changed in place",
    )
    .option('--replicas <n>', replicasHelp)
    .action((options: Options) =>
      show(globals(), options, (_connection, changes) => {
        if (changes.some(({ kind }) => kind === 'conflict')) process.exitCode = 1;
        return Promise.resolve();
      }),
    );
  answering(bus, 'apply')
    .description('make the changes that `plan` shows; none if one of them is a conflict')
    .option('--replicas <n>', replicasHelp)
    .action((options: Options) =>
      show(
        globals(),
        options,
        (connection, changes, { applyStreams }) => applyStreams(connection, changes),
        'These changes are made.',
      ),
    );
};
