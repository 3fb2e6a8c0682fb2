import { subject, type ActionIntentV1 } from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import type { Command } from 'commander';
import { CliError, connectNats, print, readInput, Session, type Globals } from '../session.js';
import { upstreamOf } from './tenant-users.js';

/** One intent, an array of them, or one a line. */
export const readIntents = (text: string): readonly ActionIntentV1[] => {
  const parse = (part: string, where: string): unknown => {
    try {
      return JSON.parse(part);
    } catch {
      throw new CliError(`${where} is not JSON`);
    }
  };
  const trimmed = text.trim();
  if (trimmed === '') throw new CliError('there is no intent in the input');
  if (trimmed.startsWith('[')) return parse(trimmed, 'the input') as ActionIntentV1[];
  const lines = trimmed.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > 1 && lines.every((line) => line.trim().startsWith('{') && line.trim().endsWith('}')))
    return lines.map((line, i) => parse(line, `line ${i + 1}`) as ActionIntentV1);
  return [parse(trimmed, 'the input') as ActionIntentV1];
};

const publish = async (globals: Globals, file: string): Promise<void> => {
  const session = new Session(globals);
  const intents = readIntents(readInput(file));
  if (session.isRemote) {
    for (const intent of intents) {
      await session.json('POST', '/api/v1/autonomous/actions', intent);
      print(`${intent.intent_id}  published`);
    }
    return;
  }
  const { BusPublisher } = await import('@interlock/jetstream');
  const address = upstreamOf(session);
  const connection = await connectNats(address);
  try {
    const publisher = new BusPublisher(connection);
    for (const intent of intents) {
      const { duplicate } = await publisher.publish(
        subject({ kind: 'intents', tenant: session.tenant, user: address.user }),
        {
          specversion: '1.0',
          type: 'interlock.action_intent.v1',
          source: 'interlock-cli',
          id: intent.intent_id,
          time: new Date().toISOString(),
          datacontenttype: 'application/json',
          data: intent,
        },
        { msgId: `${session.tenant}:${intent.intent_id}:${contentHash(intent)}` },
      );
      print(`${intent.intent_id}  ${duplicate ? 'was published before' : 'published'}`);
    }
  } finally {
    await connection.drain();
  }
};

export const addIntents = (program: Command, globals: () => Globals): void => {
  program
    .command('intents')
    .description('publish action intents')
    .command('publish <file>')
    .description('one, an array, or one a line; - reads the standard input')
    .action((file: string) => publish(globals(), file));
};
