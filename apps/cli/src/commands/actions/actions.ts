import type { Schema } from '@interlock/api-types';
import { actionStates } from '@interlock/contracts';
import { verdicts } from '@interlock/kernel';
import { gateNames } from '@interlock/rails';
import { actionColumns, actionLine, actionText } from '../../action-views.js';
import { ask, act, answer, group, type Call } from '../../program/declare.js';
import { findAction } from '../../find-action.js';
import { list } from '../../lists.js';
import { watching } from '../../live.js';
import { formatOf, jsonText, print, type Shape } from '../../output/output.js';
import { screenOf } from '../../output/screen.js';
import { tableText, type Column } from '../../output/table.js';
import { whole } from '../../readers.js';
import { answerOf, type Session } from '../../connection/session.js';
import { addConsent, addRollback, comment, lineShape } from './consent.js';

type View = Schema<'ActionDto'>;
type Shown = { readonly action: View; readonly timeline: Schema<'ActionTimelineDto'>['items'] };

const filters = {
  '--state <state>': { about: 'such as AWAITING_APPROVAL', choices: actionStates },
  '--type <action type>': { about: 'only of this action type', as: 'action_type' },
  '--entity <entity>': { about: 'only on this entity', as: 'entity_id' },
  '--entity-prefix <text>': 'only on entities that begin so',
  '--agent <agent>': 'only of this agent',
  '--account <account>': { about: 'only of this account', as: 'account_id' },
  '--gate <gate>': {
    about: 'only actions that this gate did not let pass, or that it gave --verdict',
    choices: gateNames,
  },
  '--verdict <verdict>': { about: 'only actions that the gate, or any gate, judged so', choices: verdicts },
  '--intent <id>': { about: 'only the action of this intent', as: 'intent_id' },
  '--dry-run': 'only dry runs',
  '--no-dry-run': 'no dry runs',
  '--open': 'only actions that have not ended',
  '--since <time>': 'accepted from then on',
  '--until <time>': 'accepted before',
} as const;

type Summary = Schema<'FiguresDto'>['groups'][number];
const milliseconds = (of: Summary['decided_ms']): string => (of === null ? '' : `${of.median}`);
const summaryColumns: readonly Column<Summary>[] = [
  { head: 'OF', of: ({ name }) => name, fit: 16 },
  { head: 'ACTIONS', of: ({ accepted }) => `${accepted}`, right: true },
  { head: 'RUN', of: ({ started }) => `${started}`, right: true },
  { head: 'BY THEMSELVES', of: ({ automatic }) => `${automatic}`, right: true },
  { head: 'ASKED', of: ({ asked }) => `${asked}`, right: true },
  { head: 'REFUSED', of: ({ refused }) => `${refused}`, right: true },
  { head: 'COMPLETED', of: ({ completed }) => `${completed}`, right: true },
  { head: 'ROLLED BACK', of: ({ rolled_back: back }) => `${back}`, right: true },
  { head: 'DECIDED MS', of: ({ decided_ms: ms }) => milliseconds(ms), right: true },
  { head: 'ANSWERED MS', of: ({ answered_ms: ms }) => milliseconds(ms), right: true },
];

const shownShape = (session: Session): Shape<Shown> => ({
  text: ({ action, timeline }, screen) =>
    actionText(action, timeline, screen, (command) => session.next(command)),
  names: ({ action }) => [action.action_id],
  data: ({ action }) => action,
});

const read = async (session: Session, id: string, position?: string): Promise<Shown> => {
  const headers = position === undefined ? {} : { 'interlock-min-position': position };
  const [action, { items }] = await Promise.all([
    session.send('GET /api/v1/autonomous/actions/{id}', [id], { headers }).then(answerOf<View>),
    session.ask('GET /api/v1/autonomous/actions/{id}/timeline', [id]),
  ]);
  return { action, timeline: items };
};

/** Follows one action to its end: as a page on a terminal, otherwise a line for each state. */
const follow = async ({ session, output }: Call, id: string): Promise<void> => {
  const format = formatOf(output, screenOf(process.stdout));
  const isPage = process.stdout.isTTY && format === 'table';
  let last: Shown | undefined;
  const draw = (shown: Shown): void => {
    process.stdout.write(
      `\u001b[H\u001b[J${shownShape(session).text(shown, screenOf(process.stdout), false)}\n`,
    );
  };
  await watching({
    session,
    topics: ['actions'],
    concerns: (note) => note.id === id,
    look: async (position) => {
      const shown = await read(session, id, position);
      if (isPage) draw(shown);
      else if (format === 'json') print(jsonText(shown.action).replaceAll(/\n */g, ' '));
      else if (shown.action.state !== last?.action.state)
        print(actionLine(shown.action, screenOf(process.stdout)));
      last = shown;
      return shown.action.ended_at === null;
    },
    again: () => {
      if (isPage && last !== undefined) draw(last);
    },
  });
};

/** Prints each change in a line, by polling once a second. */
const rounds = async (session: Session, times: number): Promise<void> => {
  const seen = new Map<string, string>();
  for (let round = 0; round < times; round += 1) {
    const { items } = await session.ask('GET /api/v1/autonomous/actions', [], { query: { limit: 50 } });
    const changed = items.filter(({ action_id, state }) => seen.get(action_id) !== state).reverse();
    for (const { action_id, state } of changed) seen.set(action_id, state);
    if (changed.length > 0)
      print(tableText(changed, actionColumns(changed), screenOf(process.stdout), { heads: round === 0 }));
    if (round + 1 < times) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
};

export const addActions = group('actions', 'look at actions, decide on them, roll them back', [
  list({
    command: 'list',
    about: 'newest first',
    route: 'GET /api/v1/autonomous/actions',
    what: 'actions',
    query: filters,
    columns: actionColumns,
    id: ({ action_id }) => action_id,
    limit: 50,
    topics: ['actions'],
  }),

  answer({
    command: 'show <action>',
    about: 'show one with its change, every gate and the timeline; by id, intent or entity',
    routes: [
      'GET /api/v1/autonomous/actions/{id}',
      'GET /api/v1/autonomous/actions/{id}/timeline',
      'GET /api/v1/live',
    ],
    options: { '-w, --watch': { about: 'follow it to its end', preset: false } },
    run: async (call, text) => {
      const { session, options, tell } = call;
      const id = await findAction(session, text);
      if (options.watch) await follow(call, id);
      else await tell(await read(session, id), shownShape(session));
    },
  }),
  act({
    command: 'watch',
    about: 'show actions as they change, until you stop it, like `list --watch`',
    options: { '--rounds <n>': { about: 'stop after so many looks, one a second', read: whole(1) } },
    run: async (call) => {
      const { command, options } = call;
      const listing = command.parent?.commands.find((one) => one.name() === 'list');
      if (options.rounds === undefined) await listing?.parseAsync(['--watch'], { from: 'user' });
      else await rounds(call.session, options.rounds);
    },
  }),
  ...addConsent,
  addRollback,
  ...(
    [
      ['reject', 'reject an action that waits for an approval'],
      ['cancel', 'stop one that has not begun to execute'],
    ] as const
  ).map(([verb, about]) =>
    answer({
      command: `${verb} <action>`,
      about: `${about}, as a person`,
      routes: [`POST /api/v1/autonomous/actions/{id}/${verb}`],
      options: comment,
      personal: true,
      run: async ({ session, options }, text: string) =>
        session.ask(`POST /api/v1/autonomous/actions/{id}/${verb}`, [await findAction(session, text)], {
          body: options,
        }),
      shape: lineShape,
    }),
  ),
  ask({
    command: 'extend <action>',
    about: 'give an open window more time, as a person',
    route: 'POST /api/v1/autonomous/actions/{id}/extend',
    body: { '--seconds <n>': { about: 'from now, at most 3600', required: true, read: whole(1, 3600) } },
    shape: lineShape,
    personal: true,
    find: findAction,
  }),
  ask({
    command: 'feedback <action>',
    about: 'rate an executed action as good, bad or harmful, as a person',
    route: 'POST /api/v1/autonomous/actions/{id}/feedback',
    body: {
      '--verdict <verdict>': { about: 'how it went', required: true, choices: ['good', 'bad', 'harmful'] },
      '--comment <text>': 'a comment, for the record',
    },
    shape: {
      text: ({ feedback }, screen) =>
        tableText(
          feedback,
          [
            { head: 'AT', of: ({ at }) => at },
            { head: 'VERDICT', of: ({ verdict }) => verdict },
            { head: 'BY', of: ({ by }) => by },
            { head: 'COMMENT', of: ({ comment }) => comment, fit: 20 },
          ],
          screen,
        ),
      names: ({ action_id }) => [action_id],
    },
    personal: true,
    find: findAction,
  }),
  ask({
    command: 'outcomes',
    about: 'count actions by their end, for each hour',
    route: 'GET /api/v1/autonomous/outcomes/by-hour',
    query: { '--hours <n>': { about: '1 to 168', read: whole(1, 168) } },
  }),
  ask({
    command: 'summary',
    about: 'summarise the actions of the last hour, day or week, by type, account or agent',
    route: 'GET /api/v1/autonomous/outcomes/figures',
    query: {
      '--over <period>': { about: 'the period; the last day if absent', choices: ['hour', 'day', 'week'] },
      '--by <what>': {
        about: 'how they are grouped; by type if absent',
        choices: ['action_type', 'account_id', 'agent'],
      },
    },
    shape: {
      text: ({ totals, groups }, screen) =>
        tableText([{ name: 'all', ...totals }, ...groups], summaryColumns, screen),
      names: ({ groups }) => groups.map(({ name }) => name),
    },
  }),
  ask({
    command: 'figures',
    about: 'show figures of approvals: answers, turnaround, and who answers without looking',
    route: 'GET /api/v1/autonomous/approvals/figures',
    query: { '--since <time>': 'at or after this time, such as 2026-01-31T08:00:00Z' },
  }),
]);
