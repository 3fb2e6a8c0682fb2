import type { ParkedMessage, Replayed } from '@interlock/jetstream';
import type { Command } from 'commander';
import type { NatsConnection } from 'nats';
import { answering } from '../../asks.js';
import { linesShape, remark, tableShape, tell, type Output } from '../../output/output.js';
import { timeCell } from '../../output/times.js';
import { CliError, connectNats, operatorOf, Session, type Globals } from '../../connection/session.js';

const sequenceOf = (text: string): number => {
  const sequence = Number(text);
  if (!Number.isInteger(sequence) || sequence < 1)
    throw new CliError(`\`${text}\` is not a place in the list`, 2);
  return sequence;
};

type Bus = typeof import('@interlock/jetstream');

const withBus = async (
  globals: Globals,
  work: (connection: NatsConnection, bus: Bus) => Promise<void>,
): Promise<void> => {
  const { home, runtime } = new Session(globals);
  const connection = await connectNats(operatorOf(home, runtime));
  try {
    await work(connection, await import('@interlock/jetstream'));
  } finally {
    await connection.drain();
  }
};

const deadShape = tableShape<ParkedMessage>(
  () => [
    { head: 'PLACE', of: ({ sequence }) => sequence, right: true },
    { head: 'AT (UTC)', of: ({ letter }, { now }) => timeCell(letter.at, now) },
    { head: 'CONSUMER', of: ({ letter }) => letter.consumer, fit: 16 },
    { head: 'SUBJECT', of: ({ letter }) => letter.subject, fit: 16 },
    { head: 'TRIED', of: ({ letter }) => letter.deliveries, right: true },
    { head: 'REASON', of: ({ letter }) => letter.reason, fit: 16 },
  ],
  ({ sequence }) => `${sequence}`,
);

type Placed = { readonly sequence: number };
const placeOf = ({ sequence }: Placed): readonly string[] => [`${sequence}`];
const replayedShape = linesShape<Placed & Replayed>(
  ({ outcome, reason }) => [`${outcome}${reason === undefined ? '' : `: ${reason}`}`],
  placeOf,
);
const droppedShape = linesShape<Placed & { readonly dropped: true }>(
  ({ sequence }) => [`${sequence} is dropped`],
  placeOf,
);

/** Adds the commands for messages that were given up after their last delivery. */
export const addDead = (program: Command, globals: () => Globals): void => {
  const dead = program.command('dead').description('messages that were parked after their last delivery');
  answering(dead, 'list')
    .description('oldest first')
    .option('--consumer <name>', 'only those of this consumer of the bus')
    .option('--limit <n>', 'at most so many', '100')
    .action((options: Output & { readonly consumer?: string; readonly limit: string }) =>
      withBus(globals(), async (connection, { listDeadLetters }) => {
        const items = await listDeadLetters(connection, {
          limit: sequenceOf(options.limit),
          ...(options.consumer === undefined ? {} : { consumer: options.consumer }),
        });
        await tell({ items }, deadShape, options);
        if (items.length === 0) remark('No parked messages.');
      }),
    );
  answering(dead, 'replay <place>')
    .description('hand one to its consumer again; taken off the list where it was handled')
    .action((place: string, options: Output) =>
      withBus(globals(), async (connection, { replayDeadLetter }) => {
        const sequence = sequenceOf(place);
        const replayed = await replayDeadLetter(connection, sequence);
        await tell({ sequence, ...replayed }, replayedShape, options);
        if (replayed.outcome !== 'done' && replayed.outcome !== 'skip') process.exitCode = 1;
      }),
    );
  answering(dead, 'drop <place>')
    .description('take one off the list for good')
    .action((place: string, options: Output) =>
      withBus(globals(), async (connection, { dropDeadLetter }) => {
        const sequence = sequenceOf(place);
        await dropDeadLetter(connection, sequence);
        await tell({ sequence, dropped: true } as const, droppedShape, options);
      }),
    );
};
