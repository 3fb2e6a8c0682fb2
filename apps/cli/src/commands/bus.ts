import type { Command } from 'commander';
import type { NatsConnection } from 'nats';
import { CliError, connectNats, operatorOf, print, Session, type Globals } from '../session.js';

const sequenceOf = (text: string): number => {
  const sequence = Number(text);
  if (!Number.isInteger(sequence) || sequence < 1)
    throw new CliError(`\`${text}\` is no place in the list`, 2);
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

/** Messages that were given up after their last delivery. */
export const addDead = (program: Command, globals: () => Globals): void => {
  const dead = program.command('dead').description('messages that were parked after their last delivery');
  dead
    .command('list')
    .description('oldest first')
    .option('--consumer <name>')
    .option('--limit <n>', '', '100')
    .action((options: { consumer?: string; limit: string }) =>
      withBus(globals(), async (connection, { listDeadLetters }) => {
        const parked = await listDeadLetters(connection, {
          limit: sequenceOf(options.limit),
          ...(options.consumer === undefined ? {} : { consumer: options.consumer }),
        });
        for (const { sequence, letter } of parked)
          print(
            `${`${sequence}`.padStart(6)}  ${letter.at}  ${letter.consumer}  ${letter.subject}  after ${letter.deliveries} deliveries: ${letter.reason}`,
          );
      }),
    );
  dead
    .command('replay <place>')
    .description('hand one to its consumer again; taken off the list where it was handled')
    .action((place: string) =>
      withBus(globals(), async (connection, { replayDeadLetter }) => {
        const { outcome, reason } = await replayDeadLetter(connection, sequenceOf(place));
        print(`${outcome}${reason === undefined ? '' : `: ${reason}`}`);
        if (outcome !== 'done' && outcome !== 'skip') process.exitCode = 1;
      }),
    );
  dead
    .command('drop <place>')
    .description('take one off the list for good')
    .action((place: string) =>
      withBus(globals(), (connection, { dropDeadLetter }) => dropDeadLetter(connection, sequenceOf(place))),
    );
};
