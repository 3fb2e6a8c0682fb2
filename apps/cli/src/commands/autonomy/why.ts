import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { queryOf } from '../../asks.js';
import { linesShape, tell, withOutput, type Output } from '../../output/output.js';
import { timeText } from '../../output/times.js';
import { visible } from '../../output/visible.js';
import { calls } from '../../program/routes.js';
import { CliError, Session, type Globals } from '../../connection/session.js';

type Action = Schema<'ActionDto'>;
type Figure = Action['automatic_if'][number];
/** What kept the action from running automatically, and what to do about it. */
type Obstacle = { readonly gate: string; readonly is: string; readonly next: string };
type Why = {
  readonly action_type: string;
  readonly account_id: string;
  readonly action_id: string;
  readonly accepted_at: string | null;
  readonly state: Action['state'];
  /** The obstacles in gate order; empty if nothing kept the action from running automatically. */
  readonly obstacles: readonly Obstacle[];
};
type Options = Output & { readonly account?: string };

/** How many of the newest actions are searched for one of the account. */
const looked = 200;

const signs: { readonly [op: string]: string } = { '==': '', in: 'one of ' };
const valueText = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join(', ') : String(value);

type Place = Pick<Action, 'account_id' | 'action_type' | 'gates'>;
/** What the steps need to know of the caller and of the settings of now. */
type Now = {
  readonly next: Session['next'];
  /** The mode that holds now; undefined if it cannot be read. */
  readonly mode: string | undefined;
};

const modeSteps = ({ is }: Figure, { account_id: account, action_type: type }: Place, now: Now): string =>
  now.mode !== undefined && now.mode !== is
    ? `since then the mode was set to ${now.mode}: publish the action again`
    : `earn it (\`interlock autonomy earned --account ${account} --type ${type}\`), or set it: \`${now.next(`mode set AUTO_EXECUTE --account ${account} --type ${type} --reason …`)}\``;

/** The confidences as the gate saw them; undefined if it was not reached. */
const confidencesOf = ({
  gates,
}: Place): { readonly intent_confidence: number; readonly prediction_confidence: number } | undefined => {
  const saw = gates.find(({ gate }) => gate === 'confidence')?.saw as
    { readonly intent_confidence?: unknown; readonly prediction_confidence?: unknown } | undefined;
  const { intent_confidence: intent, prediction_confidence: twin } = saw ?? {};
  return typeof intent === 'number' && typeof twin === 'number'
    ? { intent_confidence: intent, prediction_confidence: twin }
    : undefined;
};

const twinStep =
  "one more completed action of this type, or a few: each raises the digital twin's confidence";

/** How an intent gets more confidence. An MCP tool has the one that a person confirmed. */
const intentStep = ({ action_type: type }: Place, { next }: Now): string => {
  const [, server, tool] = /^mcp\.([^.]+)\.(.+)$/.exec(type) ?? [];
  return server === undefined || tool === undefined
    ? 'publish it with more confidence'
    : `confirm the tool with more confidence: \`${next(`mcp confirm ${server} ${tool} --digest … --confidence …`)}\`, with the digest of \`interlock mcp look ${server}\``;
};

/** The steps for each of the two confidences that is under the threshold. */
const confidenceSteps = ({ automatic: { value } }: Figure, place: Place, now: Now): string => {
  const seen = confidencesOf(place);
  if (seen === undefined || typeof value !== 'number') return intentStep(place, now);
  return [
    ...(seen.intent_confidence < value ? [intentStep(place, now)] : []),
    ...(seen.prediction_confidence < value ? [twinStep] : []),
  ].join('; and ');
};

const nextSteps: { readonly [gate in Figure['gate']]: (figure: Figure, place: Place, now: Now) => string } = {
  kill_switch: () => 'see who stopped it: `interlock kill-switch status`',
  posture: () => 'see which checks hold the level: `interlock posture show`',
  autonomy_mode: modeSteps,
  prediction: ({ figure }) =>
    figure === 'misses'
      ? 'approve it meanwhile: the twin has its vote again once enough of its newer predictions are right (`interlock twin calibration`)'
      : 'approve it some times: with completed actions of this type the twin predicts from memory',
  policy: ({ by }) =>
    `send a value that fits${by === undefined ? '' : `, or change \`${by}\``} (\`interlock policies list\`, \`interlock policy bundles list\`)`,
  blast_radius: () =>
    'affect fewer entities, or raise the bound in the policy of this type (`interlock policies list`)',
  confidence: (figure, place, now) =>
    `${confidenceSteps(figure, place, now)}; or let the threshold follow the outcomes: \`interlock autonomy thresholds\``,
  auto_approval: (one, place, now) => {
    const { figure } = one;
    if (figure === 'reversible') return 'give the type a handler that can undo: until then a person decides';
    if (figure === 'autonomy_mode') return modeSteps(one, place, now);
    return `${figure === 'confidence_score' ? `${confidenceSteps(one, place, now)}; or ` : ''}see the policy of automatic approval: \`interlock auto-approval show\``;
  },
  budget: ({ is }, { account_id: account }, { next }) =>
    is === null
      ? 'nothing: the budget is looked at as soon as nobody else has to decide'
      : `wait for tomorrow, or set another budget: \`${next(`budget set --account ${account} …`)}\``,
};

const obstaclesOf = (action: Action, now: Now): readonly Obstacle[] => {
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
        next: nextSteps[one.gate](one, action, now),
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

/** The mode that holds now, if the mode kept the action from running by itself. */
const modeOfNow = async (session: Session, action: Action): Promise<string | undefined> => {
  if (!action.automatic_if.some(({ figure }) => figure === 'mode' || figure === 'autonomy_mode'))
    return undefined;
  const { account_id, action_type } = action;
  const { effective } = await session.json<Schema<'ModePageDto'>>(
    'GET',
    `/api/v1/autonomy/config${queryOf({ account_id, action_type })}`,
  );
  return effective?.mode;
};

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
  const now = {
    next: (command: string) => session.next(command),
    mode: await modeOfNow(session, action),
  };
  await tell(
    { action_type, account_id, action_id, accepted_at, state, obstacles: obstaclesOf(action, now) },
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
      'GET /api/v1/autonomy/config',
    )
      .description(
        'what keeps actions of a type from running by themselves, in the order of the gates, with the next step for each; of its newest action',
      )
      .option('--account <account>', 'of this account only'),
  ).action((type: string, options: Options) => why(new Session(globals()), type, options));
};
