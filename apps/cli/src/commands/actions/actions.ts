import type { Schema } from '@interlock/api-types';
import { actionStates } from '@interlock/contracts';
import { verdicts } from '@interlock/kernel';
import { gateNames } from '@interlock/rails';
import type { Command } from 'commander';
import { actionColumns, actionLine, actionText } from '../../action-views.js';
import { addAsk, answering, type Field, whole } from '../../asks.js';
import { findAction } from '../../find-action.js';
import { addList } from '../../lists.js';
import { watching } from '../../live.js';
import { formatOf, jsonText, print, tell, type Output } from '../../output/output.js';
import { screenOf } from '../../output/screen.js';
import { tableText, type Column } from '../../output/table.js';
import { answerOf, personal, Session, type Globals } from '../../connection/session.js';
import { addConsent, commentOption, decideAction, lineShape, pathTo } from './consent.js';
import { addRollback } from './rollback.js';

type View = Schema<'ActionDto'>;
type Shown = { readonly action: View; readonly timeline: Schema<'ActionTimelineDto'>['items'] };
type ShowOptions = Output & { readonly watch?: boolean };

const filters: readonly Field[] = [
  { flags: '--state <state>', about: 'such as AWAITING_APPROVAL', choices: actionStates },
  { flags: '--type <action type>', about: 'only of this action type', as: 'action_type' },
  { flags: '--entity <entity>', about: 'only on this entity', as: 'entity_id' },
  { flags: '--entity-prefix <text>', about: 'only on entities that begin so' },
  { flags: '--agent <agent>', about: 'only of this agent' },
  { flags: '--account <account>', about: 'only of this account', as: 'account_id' },
  {
    flags: '--gate <gate>',
    about: 'only what this gate did not let pass, or gave --verdict',
    choices: gateNames,
  },
  { flags: '--verdict <verdict>', about: 'only what the gate, or any gate, judged so', choices: verdicts },
  { flags: '--intent <id>', about: 'only the action of this intent', as: 'intent_id' },
  { flags: '--dry-run', about: 'only dry runs' },
  { flags: '--no-dry-run', about: 'no dry runs' },
  { flags: '--open', about: 'those that have not ended' },
  { flags: '--since <time>', about: 'accepted from then on' },
  { flags: '--until <time>', about: 'accepted before' },
];

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

const shownShape = (session: Session) => ({
  text: ({ action, timeline }: Shown, screen: Parameters<typeof actionText>[2]) =>
    actionText(action, timeline, screen, (command) => session.next(command)),
  names: ({ action }: Shown) => [action.action_id],
  data: ({ action }: Shown) => action,
});

const read = async (session: Session, id: string, position?: string): Promise<Shown> => {
  const headers = position === undefined ? {} : { 'interlock-min-position': position };
  const [action, { items }] = await Promise.all([
    session.fetch('GET', pathTo(id), undefined, headers).then(answerOf<View>),
    session.json<Schema<'ActionTimelineDto'>>('GET', `${pathTo(id)}/timeline`),
  ]);
  return { action, timeline: items };
};

/** Follows one action to its end: as a page on a terminal, otherwise a line for each state. */
const follow = async (session: Session, id: string, options: ShowOptions): Promise<void> => {
  const format = formatOf(options, screenOf(process.stdout));
  const isPage = process.stdout.isTTY && format === 'table';
  let last: Shown | undefined;
  const draw = (shown: Shown): void => {
    process.stdout.write(`\u001b[H\u001b[J${shownShape(session).text(shown, screenOf(process.stdout))}\n`);
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

const show = async (session: Session, text: string, options: ShowOptions): Promise<void> => {
  const id = await findAction(session, text);
  if (options.watch === true) await follow(session, id, options);
  else await tell(await read(session, id), shownShape(session), options);
};

/** Prints each change in a line, by polling once a second. */
const rounds = async (session: Session, times: number): Promise<void> => {
  const seen = new Map<string, string>();
  for (let round = 0; round < times; round += 1) {
    const { items } = await session.json<Schema<'ActionPageDto'>>(
      'GET',
      '/api/v1/autonomous/actions?limit=50',
    );
    const changed = items.filter(({ action_id, state }) => seen.get(action_id) !== state).reverse();
    for (const { action_id, state } of changed) seen.set(action_id, state);
    if (changed.length > 0)
      print(tableText(changed, actionColumns(changed), screenOf(process.stdout), { heads: round === 0 }));
    if (round + 1 < times) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
};

export const addActions = (program: Command, globals: () => Globals): void => {
  const actions = program.command('actions').description('look at actions, decide on them, take them back');
  const list = addList<Schema<'ActionRowDto'>>(actions, globals, {
    command: 'list',
    about: 'newest first',
    route: 'GET /api/v1/autonomous/actions',
    what: 'actions',
    query: filters,
    columns: [],
    columnsOf: actionColumns,
    id: ({ action_id }) => action_id,
    limit: 50,
    topics: ['actions'],
  });
  answering(
    actions,
    'show <action>',
    'GET /api/v1/autonomous/actions/{id}',
    'GET /api/v1/autonomous/actions/{id}/timeline',
    'GET /api/v1/live',
  )
    .description('one with its change, every gate and the timeline; by id, intent or entity')
    .option('-w, --watch', 'follow it to its end', false)
    .action((id: string, options: ShowOptions) => show(new Session(globals()), id, options));
  actions
    .command('watch')
    .description('as they change, until stopped: `list --watch`')
    .option('--rounds <n>', 'stop after so many looks, one a second')
    .action(async (options: { readonly rounds?: string }) => {
      if (options.rounds === undefined) await list.parseAsync(['--watch'], { from: 'user' });
      else await rounds(new Session(globals()), whole(1)(options.rounds));
    });
  addConsent(actions, globals);
  addRollback(actions, globals);
  for (const [verb, about] of [
    ['reject', 'say no to what waits for an approval'],
    ['cancel', 'stop one that has not begun to execute'],
  ] as const)
    answering(actions, `${verb} <action>`, `POST /api/v1/autonomous/actions/{id}/${verb}`)
      .description(`${about}, by a person`)
      .option(...commentOption)
      .action(async (text: string, options: Output & { readonly comment?: string }) => {
        const session = personal(globals());
        await tell(
          await decideAction(session, verb, await findAction(session, text), options),
          lineShape,
          options,
        );
      });
  addAsk<View>(actions, globals, {
    command: 'extend <action>',
    about: 'give an open window more time, by a person',
    route: 'POST /api/v1/autonomous/actions/{id}/extend',
    body: [{ flags: '--seconds <n>', about: 'from now, at most 3600', required: true, read: whole(1, 3600) }],
    shape: lineShape,
    personal: true,
    find: findAction,
  });
  addAsk<Schema<'ActionFeedbackDto'>>(actions, globals, {
    command: 'feedback <action>',
    about: 'say of an executed action whether it was good, bad or harmful, by a person',
    route: 'POST /api/v1/autonomous/actions/{id}/feedback',
    body: [
      {
        flags: '--verdict <verdict>',
        about: 'how it went',
        required: true,
        choices: ['good', 'bad', 'harmful'],
      },
      { flags: '--comment <text>', about: 'a comment, for the record' },
    ],
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
  });
  addAsk<Schema<'OutcomeHoursDto'>>(actions, globals, {
    command: 'outcomes',
    about: 'how many ended how, by the hour',
    route: 'GET /api/v1/autonomous/outcomes/by-hour',
    query: [{ flags: '--hours <n>', about: '1 to 168', read: whole(1, 168) }],
  });
  addAsk<Schema<'FiguresDto'>>(actions, globals, {
    command: 'summary',
    about: 'how actions went in the last hour, day or week, by type, account or agent',
    route: 'GET /api/v1/autonomous/outcomes/figures',
    query: [
      {
        flags: '--over <period>',
        about: 'the period; the last day if absent',
        choices: ['hour', 'day', 'week'],
      },
      {
        flags: '--by <what>',
        about: 'how they are grouped; by type if absent',
        choices: ['action_type', 'account_id', 'agent'],
      },
    ],
    shape: {
      text: ({ totals, groups }, screen) =>
        tableText([{ name: 'all', ...totals }, ...groups], summaryColumns, screen),
      names: ({ groups }) => groups.map(({ name }) => name),
    },
  });
  addAsk(actions, globals, {
    command: 'figures',
    about: 'how approvals go: answers, turnaround, who answers without looking',
    route: 'GET /api/v1/autonomous/approvals/figures',
    query: [{ flags: '--since <time>', about: 'from this time on, such as 2026-01-31T08:00:00Z' }],
  });
};
