import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { digestOfRead, type Question } from '../asked.js';
import { CliError, print, Session, type Globals } from '../session.js';

type Reason = Schema<'ActionDto'>['reasons'][number];
type View = Schema<'ActionDto'>;
type Hold = Schema<'HoldRecordDto'>;
/** What a person is asked: an approval, or a word while a window is open. */
type Request = Pick<Schema<'ActionApprovalDto'>, 'holds' | 'digest'> &
  Partial<Schema<'ActionApprovalDto'> & Schema<'ConfirmationWindowDto'>>;
/** What many events have in common. */
type EventData = { readonly reasons?: readonly Reason[]; readonly verdict?: string };

/** What an action that is over has left outside, in words; nothing where its state says it. */
const effectText = ({ effect, state }: View): string => {
  if (effect === null || effect === undefined) return '';
  const words = {
    none: 'nothing was sent',
    refused: 'refused by the device or handler, nothing is left of it',
    applied: 'applied',
    taken_back: 'applied and taken back',
    unknown: 'what is left is not known',
  } as const;
  return effect === 'applied' && state === 'COMPLETED' ? '' : `  (${words[effect]})`;
};

const row = (view: View): string =>
  `${view.accepted_at}  ${view.state.padEnd(21)} ${view.action_type} ${view.entity_id}  ${view.action_id}${effectText(view)}${view.reasons.length === 0 ? '' : `  ${view.reasons.map((r) => r.detail).join('; ')}`}`;
const why = (reasons: readonly Reason[] | undefined): string =>
  reasons === undefined || reasons.length === 0
    ? ''
    : `  ${reasons.map((r) => `${r.code}: ${r.detail}`).join('; ')}`;

const show = async (session: Session, id: string, asJson: boolean): Promise<void> => {
  const view = await session.json<View>('GET', `/api/v1/autonomous/actions/${encodeURIComponent(id)}`);
  if (asJson) {
    print(JSON.stringify(view, null, 2));
    return;
  }
  const timeline = await session.json<Schema<'ActionTimelineDto'>>(
    'GET',
    `/api/v1/autonomous/actions/${encodeURIComponent(id)}/timeline`,
  );
  print(
    [
      row(view),
      ...(view.waiting_for === null ? [] : [`waits for ${view.waiting_for}`]),
      ...(view.due_at === null ? [] : [`due at ${view.due_at}`]),
      '',
      ...(view.comments.length === 0
        ? []
        : ['comments', ...view.comments.map((c) => `  ${c.at}  ${c.on} by ${c.by}: ${c.comment}`), '']),
      'gates',
      ...view.gates.map((g) => `  ${g.gate.padEnd(14)} ${g.verdict.padEnd(12)}${why(g.reasons)}`),
      '',
      'timeline',
      ...timeline.items.map(({ revision, at, type, data }) => {
        const { verdict, reasons }: EventData = data;
        return `  ${revision.padStart(3)}  ${at}  ${type}${verdict === undefined ? '' : ` ${verdict}`}${why(reasons)}`;
      }),
    ].join('\n'),
  );
};

const watch = async (session: Session, times: number): Promise<void> => {
  const seen = new Map<string, string>();
  for (let round = 0; round < times; round += 1) {
    const { items } = await session.json<Schema<'ActionPageDto'>>(
      'GET',
      '/api/v1/autonomous/actions?limit=50',
    );
    for (const view of [...items].reverse()) {
      if (seen.get(view.action_id) !== view.state) print(row(view));
      seen.set(view.action_id, view.state);
    }
    if (round + 1 < times)
      await new Promise((resolve) => {
        setTimeout(resolve, 1000);
      });
  }
};

type YesOptions = { readonly digest?: string; readonly comment?: string };

const personal = (globals: Globals): Session => {
  if (globals.as === undefined) throw new CliError('name the person that you are with --as', 2);
  return new Session(globals);
};

const pathTo = (id: string): string => `/api/v1/autonomous/actions/${encodeURIComponent(id)}`;

const decide = async (
  session: Session,
  verb: 'confirm' | 'approve' | 'reject' | 'cancel' | 'rollback',
  id: string,
  { comment, digest }: YesOptions,
): Promise<void> => {
  print(
    row(
      await session.json<View>('POST', `${pathTo(id)}/${verb}`, {
        ...(comment === undefined ? {} : { comment }),
        ...(digest === undefined ? {} : { digest }),
      }),
    ),
  );
};

/** A member of a hold as it is read: what it is about, and how it stands. */
const contentText = (content: Hold['content'] = {}): string =>
  Object.entries(content)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

/** The request for a yes: what would be done, what holds it up and about what, what changed since the last yes, and the change to the device. */
const requestOf = (view: View, request: Request): Question => ({
  lines: [
    row(view),
    `requested by ${view.requester}, with ${JSON.stringify(view.parameters)}`,
    ...(request.required === undefined
      ? []
      : [`approvals: ${(request.approved_by ?? []).length} of ${request.required}`]),
    ...(request.expires_at === undefined ? [] : [`until ${request.expires_at}`]),
    ...(request.due_at === undefined ? [] : [`due at ${request.due_at}`]),
    'asked because',
    ...request.holds.flatMap((hold) => [
      `  ${hold.gate}: ${contentText(hold.content)}`,
      ...hold.reasons.map((reason) => `    ${reason.code}: ${reason.detail}`),
    ]),
    ...((request.difference ?? []).length === 0
      ? []
      : [
          'changed since it was approved',
          ...request.difference!.map((reason) => `  ${reason.code}: ${reason.detail}`),
        ]),
    ...(view.plan === null
      ? ['no change of a device']
      : [
          `changes on ${view.plan.device_id}`,
          ...view.plan.diff.map(
            ({ path, before, after }) => `  ${path}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`,
          ),
        ]),
  ],
  digest: request.digest,
});

const sayYes = async (
  globals: Globals,
  verb: 'confirm' | 'approve',
  id: string,
  options: YesOptions,
): Promise<void> => {
  const session = personal(globals);
  const view = await session.json<View>('GET', pathTo(id));
  const request = verb === 'approve' ? view.approval : view.window;
  const awaited = verb === 'approve' ? 'AWAITING_APPROVAL' : 'AWAITING_CONFIRMATION';
  if (request === null || view.state !== awaited)
    throw new CliError(`the action is ${view.state}, not ${awaited}: there is nothing to ${verb}`);
  await decide(session, verb, id, {
    ...options,
    digest: await digestOfRead(requestOf(view, request), verb, options.digest),
  });
};

/** What a rollback of a completed action would change back. */
const rollbackOf = (view: View): Question | null =>
  view.rollback?.status !== 'prepared'
    ? null
    : {
        lines: [
          row(view),
          `good until ${view.rollback.expires_at}`,
          `changes back on ${view.rollback.plan.device_id}`,
          ...view.rollback.plan.diff.map(
            ({ path, before, after }) => `  ${path}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`,
          ),
        ],
        digest: view.rollback.digest,
      };

/** Takes back what is in flight; of a completed action it shows what would be changed back, and asks for a yes to that. */
const rollBack = async (globals: Globals, id: string, options: YesOptions): Promise<void> => {
  const session = personal(globals);
  if (options.digest !== undefined) return decide(session, 'rollback', id, options);
  const view = await session.json<View>(
    'POST',
    `${pathTo(id)}/rollback`,
    options.comment === undefined ? {} : { comment: options.comment },
  );
  const question = rollbackOf(view);
  if (question === null) return print(row(view));
  await decide(session, 'rollback', id, {
    ...options,
    digest: await digestOfRead(question, 'rollback', undefined),
  });
};

export const addActions = (program: Command, globals: () => Globals): void => {
  const actions = program.command('actions').description('look at actions');
  actions
    .command('list')
    .description('the newest first')
    .option('--state <state>')
    .option('--type <action type>')
    .option('--entity <entity>')
    .option('--intent <id>')
    .option('--limit <n>', '', '50')
    .option('--json', 'as JSON', false)
    .action(
      async (options: {
        state?: string;
        type?: string;
        entity?: string;
        intent?: string;
        limit: string;
        json: boolean;
      }) => {
        const query = new URLSearchParams(
          Object.entries({
            state: options.state,
            action_type: options.type,
            entity_id: options.entity,
            intent_id: options.intent,
            limit: options.limit,
          }).filter((e): e is [string, string] => e[1] !== undefined),
        );
        const page = await new Session(globals()).json<Schema<'ActionPageDto'>>(
          'GET',
          `/api/v1/autonomous/actions?${query}`,
        );
        print(options.json ? JSON.stringify(page, null, 2) : page.items.map(row).join('\n'));
      },
    );
  actions
    .command('show <action>')
    .description('every gate and the timeline of one')
    .option('--json', 'as JSON', false)
    .action((id: string, options: { json: boolean }) => show(new Session(globals()), id, options.json));
  actions
    .command('feedback <action>')
    .description('say of an executed action whether it was good, bad or harmful, by a person (--as)')
    .requiredOption('--verdict <verdict>', 'good, bad or harmful')
    .option('--comment <text>')
    .action(async (id: string, { verdict, comment }: { verdict: string; comment?: string }) => {
      const { feedback } = await personal(globals()).json<Schema<'ActionFeedbackDto'>>(
        'POST',
        `${pathTo(id)}/feedback`,
        { verdict, ...(comment === undefined ? {} : { comment }) },
      );
      print(feedback.map(({ by, verdict: said, at }) => `${at}  ${said.padEnd(7)} by ${by}`).join('\n'));
    });
  actions
    .command('watch')
    .description('as they change, until stopped')
    .option('--rounds <n>', 'stop after so many looks, one a second')
    .action((options: { rounds?: string }) =>
      watch(new Session(globals()), options.rounds === undefined ? Infinity : Number(options.rounds)),
    );
  for (const verb of ['confirm', 'approve'] as const) {
    actions
      .command(`${verb} <action>`)
      .description(`show what is asked and ${verb} it, as the person of --as`)
      .option('--digest <digest>', 'of what you have read before; without it you are asked on the terminal')
      .option('--comment <text>')
      .action((id: string, options: YesOptions) => sayYes(globals(), verb, id, options));
  }
  actions
    .command('rollback <action>')
    .description(
      'take back one that is in flight; of a completed one show what would be changed back and do it, as the person of --as',
    )
    .option('--digest <digest>', 'of what you have read before; without it you are asked on the terminal')
    .option('--comment <text>')
    .action((id: string, options: YesOptions) => rollBack(globals(), id, options));
  for (const verb of ['reject', 'cancel'] as const) {
    actions
      .command(`${verb} <action>`)
      .description(`${verb} one, as the person of --as`)
      .option('--comment <text>')
      .action((id: string, options: { comment?: string }) => decide(personal(globals()), verb, id, options));
  }
};
