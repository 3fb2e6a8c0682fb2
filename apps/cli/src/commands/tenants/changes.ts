import { digestOfRead } from '../../asked.js';
import { changeShape, questionOf } from '../../change.js';
import { digest } from '../actions/consent.js';
import { ask, answer, group, type Call } from '../../program/declare.js';
import { list } from '../../lists.js';
import { whole } from '../../readers.js';

/**
 * Shows what would loosen, and returns the digest of what the caller read. `reading` is what the
 * caller is about to do.
 */
const digestOf = async ({ session }: Call, id: string, reading: string, given: string | undefined) =>
  digestOfRead(questionOf(await session.ask('GET /api/v1/changes/{id}', [id])), reading, given);

/**
 * `interlock changes`: requests to loosen a setting, until people have approved or rejected them.
 */
export const addChanges = group(
  'changes',
  'change requests: changes that would loosen a setting and need approval',
  [
    list({
      command: 'list',
      about: 'change requests, newest first',
      route: 'GET /api/v1/changes',
      what: 'change requests',
      query: { '--status <status>': 'open, approved, applied, ended, rejected, expired or void' },
      limit: 50,
      topics: ['autonomy'],
      columns: [
        { head: 'REQUESTED (UTC)', time: ({ requested_at }) => requested_at },
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
    }),
    answer({
      command: 'approve <change>',
      about: 'show what would loosen, and approve it, as a person (--as)',
      routes: ['GET /api/v1/changes/{id}', 'POST /api/v1/changes/{id}/approve'],
      options: digest,
      personal: true,
      run: async (call, id) => {
        const body = { digest: await digestOf(call, id, 'approve', call.options.digest) };
        return call.session.ask('POST /api/v1/changes/{id}/approve', [id], { body });
      },
      shape: changeShape,
    }),
    answer({
      command: 'break-glass <change>',
      about:
        'apply it at once without approval, for at most an hour; everybody is alerted; as a person (--as)',
      routes: ['GET /api/v1/changes/{id}', 'POST /api/v1/changes/{id}/break-glass'],
      options: {
        '--reason <text>': {
          about: 'why it cannot wait for another person; it is kept in the log',
          required: true,
        },
        '--seconds <number>': {
          about: 'seconds after which the previous setting returns',
          preset: '3600',
          read: whole(60, 3600),
        },
        ...digest,
      },
      personal: true,
      run: async (call, id) => {
        const { digest: given, reason, seconds } = call.options;
        const body = { digest: await digestOf(call, id, 'break the glass', given), reason, seconds };
        return call.session.ask('POST /api/v1/changes/{id}/break-glass', [id], { body });
      },
      shape: changeShape,
    }),
    ask({
      command: 'get <change>',
      about: 'show one change request, with its digest',
      route: 'GET /api/v1/changes/{id}',
      shape: changeShape,
    }),
    ask({
      command: 'reject <change>',
      about: 'reject a change request, as a person (--as)',
      route: 'POST /api/v1/changes/{id}/reject',
      body: { '--reason <text>': { about: 'why; it is kept in the log', required: true } },
      shape: changeShape,
      personal: true,
    }),
    group('required-people', 'how many people must approve a change that loosens', [
      ask({ command: 'get', about: 'show the current number', route: 'GET /api/v1/changes/required-people' }),
      ask({
        command: 'set <number>',
        about: 'set it to 1, 2 or 3; a lower number becomes a change request',
        route: 'PUT /api/v1/changes/required-people',
        argumentsAs: [{ as: 'required_people', read: whole(1, 3) }],
        body: { '--reason <text>': { about: 'why; it is kept in the log', required: true } },
        loosens: true,
      }),
    ]),
  ],
);
