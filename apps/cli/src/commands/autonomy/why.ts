import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { queryOf } from '../../asks.js';
import { linesShape, tell, withOutput, type Output } from '../../output/output.js';
import { timeText } from '../../output/times.js';
import { visible } from '../../output/visible.js';
import { calls } from '../../routes.js';
import { CliError, Session, type Globals } from '../../session.js';

type Action = Schema<'ActionDto'>;
type Figure = Action['automatic_if'][number];
/** What kept the action from running by itself, and what to do about it. */
type Obstacle = { readonly gate: string; readonly is: string; readonly next: string };
type Why = {
  readonly action_type: string;
  readonly account_id: string;
  readonly action_id: string;
  readonly accepted_at: string | null;
  readonly state: Action['state'];
  /** In the order of the gates; empty if nothing kept the action from running by itself. */
  readonly obstacles: readonly Obstacle[];
};
type Options = Output & { readonly account?: string };

/** How many of the newest actions are looked at for one of the account. */
const looked = 200;

const signs: { readonly [op: string]: string } = { '==': '', in: 'one of ' };
const valueText = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join(', ') : String(value);

type Place = Pick<Action, 'account_id' | 'action_type'>;
const modeSteps = ({ account_id: account, action_type: type }: Place): string =>
  `earn it (\`interlock autonomy earned --account ${account} --type ${type}\`), or set it: \`interlock mode set AUTO_EXECUTE --account ${account} --type ${type} --reason …\``;

const nextSteps: { readonly [gate in Figure['gate']]: (figure: Figure, place: Place) => string } = {
  kill_switch: () => 'see who stopped it: `interlock kill-switch status`',
  posture: () => 'see which checks hold the level: `interlock posture show`',
  autonomy_mode: (_figure, place) => modeSteps(place),
  prediction: () =>
    'approve it some times: with completed actions of this type the twin predicts from memory',
  policy: ({ by }) =>
    `send a value that fits${by === undefined ? '' : `, or change \`${by}\``} (\`interlock policies list\`, \`interlock policy bundles list\`)`,
  blast_radius: () =>
    'affect fewer entities, or raise the bound in the policy of this type (`interlock policies list`)',
  confidence: () =>
    'publish it with more confidence, or let the threshold follow the outcomes: `interlock autonomy thresholds`',
  auto_approval: ({ figure }, place) => {
    if (figure === 'reversible') return 'give the type a handler that can undo: until then a person decides';
    if (figure === 'autonomy_mode') return modeSteps(place);
    return `${figure === 'confidence_score' ? 'publish it with more confidence, or ' : ''}see the policy of automatic approval: \`interlock auto-approval show\``;
  },
  budget: ({ is }, { account_id: account }) =>
    is === null
      ? 'nothing: the budget is looked at as soon as nobody else has to decide'
      : `wait for tomorrow, or set another budget: \`interlock budget set --account ${account} …\``,
};

const obstaclesOf = (action: Action): readonly Obstacle[] => {
  const { automatic_if: figures, gates, reasons, state } = action;
  const place = (gate: string): number => gates.findIndex((judged) => judged.gate === gate);
  const denied =
    state !== 'DENIED' ? [] : gates.filter(({ verdict }) => verdict === 'fail' || verdict === 'error');
  return [
    ...denied.map(({ gate }) => ({
      gate,
      is: reasons.map(({ code, detail }) => `${code}: ${detail}`).join('; '),
      next: `this gate denies it for everybody: \`interlock actions show ${action.action_id}\``,
    })),
    ...figures
      .toSorted((a, b) => place(a.gate) - place(b.gate))
      .map((one) => ({
        gate: one.gate,
        is:
          one.is === null
            ? `${one.figure} is not known yet`
            : `${one.figure} is ${valueText(one.is)}; by itself with ${signs[one.automatic.op] ?? `${one.automatic.op} `}${valueText(one.automatic.value)}`,
        next: nextSteps[one.gate](one, action),
      })),
  ];
};

const whyShape = linesShape<Why>(
  ({ action_type: type, account_id: account, action_id: id, accepted_at: at, state, obstacles }) => [
    `${type} of ${account}, by its newest action ${id}${at === null ? '' : ` of ${timeText(at, Date.now())}`} (${state})`,
    ...(obstacles.length === 0 ? ['  Nothing kept it from running by itself.'] : []),
    ...obstacles.flatMap(({ gate, is, next }, at) => [`  ${at + 1}. ${gate}  ${is}`, `     next: ${next}`]),
  ],
  ({ action_id }) => [action_id],
);

const why = async (session: Session, type: string, options: Options): Promise<void> => {
  const { items } = await session.json<Schema<'ActionPageDto'>>(
    'GET',
    `/api/v1/autonomous/actions${queryOf({ action_type: type, limit: looked })}`,
  );
  const { account } = options;
  const newest = items.find(({ account_id }) => account === undefined || account_id === account);
  if (newest === undefined)
    throw new CliError(
      `there is no action of the type \`${visible(type)}\`${account === undefined ? '' : ` and the account \`${visible(account)}\``} yet: submit one with \`--dry-run\`, which is judged and changes nothing`,
    );
  const action = await session.json<Action>('GET', `/api/v1/autonomous/actions/${newest.action_id}`);
  const { action_type, account_id, action_id, accepted_at, state } = action;
  await tell(
    { action_type, account_id, action_id, accepted_at, state, obstacles: obstaclesOf(action) },
    whyShape,
    options,
  );
};

/** Adds `interlock autonomy why`. */
export const addWhy = (autonomy: Command, globals: () => Globals): void => {
  withOutput(
    calls(
      autonomy.command('why <type>'),
      'GET /api/v1/autonomous/actions',
      'GET /api/v1/autonomous/actions/{id}',
    )
      .description(
        'what keeps actions of a type from running by themselves, in the order of the gates, with the next step for each; of its newest action',
      )
      .option('--account <account>', 'of this account only'),
  ).action((type: string, options: Options) => why(new Session(globals()), type, options));
};
