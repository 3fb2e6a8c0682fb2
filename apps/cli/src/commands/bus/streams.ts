import { busOperator } from '@interlock/contracts';
import type { BusAddress, StreamChange } from '@interlock/jetstream';
import type { NatsConnection } from 'nats';
import { remark, tableShape } from '../../output/output.js';
import { areOfEnvironment } from '../../parts.js';
import { CliError, connectNats, operatorOf, Session, type Globals } from '../../connection/session.js';
import { answer, all, type Call } from '../../program/declare.js';
import type { Values } from '../../program/options.js';

type Bus = typeof import('@interlock/jetstream');
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
  replicas: string | undefined,
): number | Promise<number> => {
  const set = process.env['NATS_STREAM_REPLICAS'] ?? '';
  if (replicas !== undefined) return replicasOf(replicas, '--replicas');
  return set === '' ? presentReplicas(connection) : replicasOf(set, 'NATS_STREAM_REPLICAS');
};

const replicasOption = {
  '--replicas <n>':
    'how many servers keep each stream; default: NATS_STREAM_REPLICAS, or as many as keep the present streams',
} as const;

const show = async (
  { globals, options, tell }: Call<Values<typeof replicasOption>>,
  work: (connection: NatsConnection, changes: readonly StreamChange[], bus: Bus) => Promise<void>,
  done = '',
): Promise<void> => {
  const bus = await import('@interlock/jetstream');
  const connection = await connectNats(addressOf(globals, bus));
  try {
    const replicas = await wantedReplicas(connection, bus, options.replicas);
    const changes = await bus.planStreams(connection, { replicas });
    await work(connection, changes, bus);
    await tell({ items: changes.map(rowOf) }, planShape);
    if (changes.length === 0) remark('Every stream is as it should be.');
    else if (done !== '') remark(done);
  } finally {
    await connection.drain();
  }
};

/** `interlock bus plan` and `bus apply`: a bus's streams, compared with those Interlock needs. */
export const addBusStreams = all(
  answer({
    command: 'plan',
    about:
      "show what differs in the streams of the bus (NATS_URL, or the home's), and change nothing; exit code 1 if a stream cannot be changed in place",
    options: replicasOption,
    run: (call) =>
      show(call, (_connection, changes) => {
        if (changes.some(({ kind }) => kind === 'conflict')) process.exitCode = 1;
        return Promise.resolve();
      }),
  }),
  answer({
    command: 'apply',
    about: 'make the changes that `plan` shows; none if one of them is a conflict',
    options: replicasOption,
    run: (call) =>
      show(
        call,
        (connection, changes, { applyStreams }) => applyStreams(connection, changes),
        'These changes are made.',
      ),
  }),
);
