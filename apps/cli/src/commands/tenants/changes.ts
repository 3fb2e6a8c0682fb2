import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { addAsks, answering, type Ask, whole } from '../../asks.js';
import { digestOfRead } from '../../asked.js';
import { approveChange, breakGlass, changesPath, changeShape, questionOf } from '../../change.js';
import { addList } from '../../lists.js';
import { tell, type Output } from '../../output/output.js';
import { timeCell } from '../../output/times.js';
import { personal, type Globals } from '../../connection/session.js';

type Change = Schema<'ChangeDto'>;

/**
 * Adds `interlock changes`: requests to loosen a setting, until people have approved or rejected
 * them.
 */
export const addChanges = (program: Command, globals: () => Globals): void => {
  const changes = program
    .command('changes')
    .description('change requests: what would loosen a setting, and who approves it');
  addList<Change>(changes, globals, {
    command: 'list',
    about: 'change requests, newest first',
    route: 'GET /api/v1/changes',
    what: 'change requests',
    query: [
      { flags: '--status <status>', about: 'open, approved, applied, ended, rejected, expired or void' },
    ],
    limit: 50,
    topics: ['autonomy'],
    columns: [
      { head: 'REQUESTED (UTC)', of: ({ requested_at }, { now }) => timeCell(requested_at, now) },
      { head: 'STATUS', of: ({ status }) => status, toned: true },
      { head: 'SETTING', of: ({ setting }) => setting, fit: 16 },
      {
        head: 'LOOSENS',
        of: ({ loosened }) => loosened.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; '),
        fit: 20,
      },
      {
        head: 'PEOPLE',
        of: ({ approved_by, required_people, solo }) =>
          `${approved_by.length} of ${required_people}${solo ? ', solo' : ''}`,
      },
      { head: 'BY', of: ({ requester }) => requester, fit: 12 },
      { head: 'ID', of: ({ change_id }) => change_id },
    ],
    id: ({ change_id }) => change_id,
  });
  answering(changes, 'approve <change>', 'GET /api/v1/changes/{id}', 'POST /api/v1/changes/{id}/approve')
    .description('show what would loosen, and approve it; by a person (--as)')
    .option('--digest <digest>', 'of what you have read before; without it you are asked on the terminal')
    .action(async (id: string, options: Output & { readonly digest?: string }) => {
      const session = personal(globals());
      const change = await session.json<Change>('GET', `${changesPath}/${encodeURIComponent(id)}`);
      const digest = await digestOfRead(questionOf(change), 'approve', options.digest);
      await tell(await approveChange(session, id, digest), changeShape, options);
    });
  answering(
    changes,
    'break-glass <change>',
    'GET /api/v1/changes/{id}',
    'POST /api/v1/changes/{id}/break-glass',
  )
    .description('apply it at once and alone, for at most an hour; everybody is alerted; by a person (--as)')
    .requiredOption('--reason <text>', 'why it cannot wait for another person; it is kept in the log')
    .option('--seconds <number>', 'after so many seconds the previous setting is in force again', '3600')
    .option('--digest <digest>', 'of what you have read before; without it you are asked on the terminal')
    .action(
      async (
        id: string,
        options: Output & { readonly digest?: string; readonly reason: string; readonly seconds: string },
      ) => {
        const session = personal(globals());
        const seconds = whole(60, 3600)(options.seconds);
        const change = await session.json<Change>('GET', `${changesPath}/${encodeURIComponent(id)}`);
        const digest = await digestOfRead(questionOf(change), 'break the glass', options.digest);
        await tell(
          await breakGlass(session, id, { digest, reason: options.reason, seconds }),
          changeShape,
          options,
        );
      },
    );
  const asks: readonly Ask<never>[] = [
    {
      command: 'get <change>',
      about: 'one change request, with its digest',
      route: 'GET /api/v1/changes/{id}',
      shape: changeShape,
    },
    {
      command: 'reject <change>',
      about: 'reject a change request; by a person (--as)',
      route: 'POST /api/v1/changes/{id}/reject',
      body: [{ flags: '--reason <text>', about: 'why; it is kept in the log', required: true }],
      shape: changeShape,
      personal: true,
    },
  ];
  addAsks(changes, globals, asks);
  const people = changes
    .command('required-people')
    .description('how many people a change that loosens needs');
  const settings: readonly Ask<never>[] = [
    {
      command: 'get',
      about: 'the number in force',
      route: 'GET /api/v1/changes/required-people',
    },
    {
      command: 'set <number>',
      about: '1, 2 or 3; fewer people are themselves a change request',
      route: 'PUT /api/v1/changes/required-people',
      argumentsAs: [{ as: 'required_people', read: whole(1, 3) }],
      body: [{ flags: '--reason <text>', about: 'why; it is kept in the log', required: true }],
      loosens: true,
    },
  ];
  addAsks(people, globals, settings);
};
