import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { CliError, print, Session, visible, type Globals } from '../session.js';

const path = '/api/v1/sessions';

export const addSessions = (program: Command, globals: () => Globals): void => {
  const sessions = program
    .command('sessions')
    .description("the console's sessions: your own; an administrator sees everybody's");
  sessions
    .command('list')
    .description('the latest first; * is the one that asks')
    .action(async () => {
      const { items } = await new Session(globals()).json<Schema<'SessionsDto'>>('GET', path);
      for (const { session_id, name, began_at, expires_at, current, user_agent } of items)
        print(
          visible(
            `${current ? '*' : ' '} ${session_id}  ${began_at}  until ${expires_at}  ${name}  ${user_agent ?? ''}`,
          ).trimEnd(),
        );
    });
  sessions
    .command('revoke [session]')
    .description('end one')
    .option('--all', 'end all of your own', false)
    .action(async (session: string | undefined, { all }: { readonly all: boolean }) => {
      if ((session === undefined) !== all) throw new CliError('name a session, or --all', 2);
      await new Session(globals()).json(
        'DELETE',
        session === undefined ? path : `${path}/${encodeURIComponent(session)}`,
      );
    });
};
