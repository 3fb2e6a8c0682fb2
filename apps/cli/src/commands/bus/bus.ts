import type { ParkedMessage, Replayed } from '@interlock/jetstream';
import type { NatsConnection } from 'nats';
import { linesShape, remark, tableShape } from '../../output/output.js';
import { CliError, connectNats, operatorOf } from '../../connection/session.js';
import { answer, group, type Call } from '../../program/declare.js';

const sequenceOf = (text: string): number => {
  const sequence = Number(text);
  if (!Number.isInteger(sequence) || sequence < 1)
    throw new CliError(`\`${text}\` is not a place in the list`, 2);
  return sequence;
};

type Bus = typeof import('@interlock/jetstream');

const withBus = async <T>(
  { session: { home, runtime } }: Call,
  work: (connection: NatsConnection, bus: Bus) => Promise<T>,
): Promise<T> => {
  const connection = await connectNats(operatorOf(home, runtime));
  try {
    return await work(connection, await import('@interlock/jetstream'));
  } finally {
    await connection.drain();
  }
};

const deadShape = tableShape<ParkedMessage>(
  () => [
    { head: 'PLACE', of: ({ sequence }) => sequence, right: true },
    { head: 'AT (UTC)', time: ({ letter }) => letter.at },
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
const droppedShape = linesShape<Placed & { readonly dropped: boolean }>(
  ({ sequence }) => [`${sequence} is dropped`],
  placeOf,
);

/** `interlock dead`: messages that were given up after their last delivery. */
export const addDead = group('dead', 'messages that were parked after their last delivery', [
  answer({
    command: 'list',
    about: 'oldest first',
    options: {
      '--consumer <name>': 'only those of this consumer of the bus',
      '--limit <n>': { about: 'at most so many', preset: '100', read: sequenceOf },
    },
    run: (call) =>
      withBus(call, async (connection, { listDeadLetters }) => {
        const { limit, consumer } = call.options;
        const items = await listDeadLetters(connection, {
          limit,
          ...(consumer === undefined ? {} : { consumer }),
        });
        await call.tell({ items }, deadShape);
        if (items.length === 0) remark('No parked messages.');
      }),
  }),
  answer({
    command: 'replay <place>',
    about: 'deliver one to its consumer again, and remove it from the list if it was handled',
    run: (call, place) =>
      withBus(call, async (connection, { replayDeadLetter }) => {
        const sequence = sequenceOf(place);
        const replayed = await replayDeadLetter(connection, sequence);
        if (replayed.outcome !== 'done' && replayed.outcome !== 'skip') process.exitCode = 1;
        return { sequence, ...replayed };
      }),
    shape: replayedShape,
  }),
  answer({
    command: 'drop <place>',
    about: 'remove one from the list for good',
    run: (call, place) =>
      withBus(call, async (connection, { dropDeadLetter }) => {
        const sequence = sequenceOf(place);
        await dropDeadLetter(connection, sequence);
        return { sequence, dropped: true };
      }),
    shape: droppedShape,
  }),
]);
