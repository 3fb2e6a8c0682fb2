import type { Reason } from '@interlock/contracts';
import type { Command } from 'commander';
import { CliError, print, Session, type Globals } from '../session.js';

type Gate = { readonly gate: string; readonly verdict: string; readonly reasons: readonly Reason[] };
type View = {
  readonly action_id: string; readonly intent_id: string; readonly action_type: string; readonly entity_id: string; readonly state: string; readonly accepted_at: string; readonly due_at: string | null;
  readonly waiting_for: string | null; readonly reasons: readonly Reason[]; readonly gates: readonly Gate[];
  readonly comments: readonly { readonly on: string; readonly by: string; readonly at: string; readonly comment: string }[];
};
type TimelineItem = { readonly revision: string; readonly at: string; readonly type: string; readonly data: { readonly reasons?: readonly Reason[]; readonly verdict?: string } };

const row = (view: View): string => `${view.accepted_at}  ${view.state.padEnd(21)} ${view.action_type} ${view.entity_id}  ${view.action_id}${view.reasons.length === 0 ? '' : `  ${view.reasons.map((r) => r.detail).join('; ')}`}`;
const why = (reasons: readonly Reason[] | undefined): string => (reasons === undefined || reasons.length === 0 ? '' : `  ${reasons.map((r) => `${r.code}: ${r.detail}`).join('; ')}`);

const show = async (session: Session, id: string, asJson: boolean): Promise<void> => {
  const view = await session.json<View>('GET', `/api/v1/autonomous/actions/${encodeURIComponent(id)}`);
  if (asJson) {
    print(JSON.stringify(view, null, 2));
    return;
  }
  const timeline = await session.json<{ items: readonly TimelineItem[] }>('GET', `/api/v1/autonomous/actions/${encodeURIComponent(id)}/timeline`);
  print([
    row(view), ...(view.waiting_for === null ? [] : [`waits for ${view.waiting_for}`]), ...(view.due_at === null ? [] : [`due at ${view.due_at}`]), '',
    ...(view.comments.length === 0 ? [] : ['comments', ...view.comments.map((c) => `  ${c.at}  ${c.on} by ${c.by}: ${c.comment}`), '']),
    'gates', ...view.gates.map((g) => `  ${g.gate.padEnd(14)} ${g.verdict.padEnd(12)}${why(g.reasons)}`), '',
    'timeline', ...timeline.items.map((e) => `  ${e.revision.padStart(3)}  ${e.at}  ${e.type}${e.data.verdict === undefined ? '' : ` ${e.data.verdict}`}${why(e.data.reasons)}`),
  ].join('\n'));
};

const watch = async (session: Session, times: number): Promise<void> => {
  const seen = new Map<string, string>();
  for (let round = 0; round < times; round += 1) {
    const { items } = await session.json<{ items: readonly View[] }>('GET', '/api/v1/autonomous/actions?limit=50');
    for (const view of [...items].reverse()) {
      if (seen.get(view.action_id) !== view.state) print(row(view));
      seen.set(view.action_id, view.state);
    }
    if (round + 1 < times) await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
};

export const addActions = (program: Command, globals: () => Globals): void => {
  const actions = program.command('actions').description('look at actions');
  actions.command('list').description('the newest first').option('--state <state>').option('--type <action type>').option('--entity <entity>').option('--intent <id>').option('--limit <n>', '', '50').option('--json', 'as JSON', false)
    .action(async (options: { state?: string; type?: string; entity?: string; intent?: string; limit: string; json: boolean }) => {
      const query = new URLSearchParams(Object.entries({ state: options.state, action_type: options.type, entity_id: options.entity, intent_id: options.intent, limit: options.limit }).filter((e): e is [string, string] => e[1] !== undefined));
      const page = await new Session(globals()).json<{ items: readonly View[] }>('GET', `/api/v1/autonomous/actions?${query}`);
      print(options.json ? JSON.stringify(page, null, 2) : page.items.map(row).join('\n'));
    });
  actions.command('show <action>').description('every gate and the timeline of one').option('--json', 'as JSON', false).action((id: string, options: { json: boolean }) => show(new Session(globals()), id, options.json));
  actions.command('watch').description('as they change, until stopped').option('--rounds <n>', 'stop after so many looks, one a second').action((options: { rounds?: string }) => watch(new Session(globals()), options.rounds === undefined ? Infinity : Number(options.rounds)));
  for (const verb of ['confirm', 'approve', 'reject', 'cancel'] as const) {
    actions.command(`${verb} <action>`).description(`${verb} one, as the person of --as`).option('--comment <text>').action(async (id: string, options: { comment?: string }) => {
      if (globals().as === undefined) throw new CliError('name the person that you are with --as', 2);
      print(row(await new Session(globals()).json<View>('POST', `/api/v1/autonomous/actions/${encodeURIComponent(id)}/${verb}`, options.comment === undefined ? {} : { comment: options.comment })));
    });
  }
};
