import type { Schema } from '@interlock/api-types';
import { linesShape } from '../../output/output.js';
import { timeText } from '../../output/times.js';
import { visible } from '../../output/visible.js';
import { CliError, Session } from '../../connection/session.js';
import { answer } from '../../program/declare.js';

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
  readonly dry_run: boolean;
  /** Whether its plan can be undone; null without a plan. */
  readonly reversible: boolean | null;
  /** The obstacles in gate order; empty if nothing kept the action from running automatically. */
  readonly obstacles: readonly Obstacle[];
};

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

const modeSteps = (
  { is }: Pick<Figure, 'is'>,
  { account_id: account, action_type: type }: Place,
  now: Now,
): string => {
  if (now.mode !== undefined && now.mode !== is)
    return `since then the mode was set to ${now.mode}: publish the action again`;
  // An account earns no step from a mode that refuses.
  const earn =
    is === 'PROPOSE_ONLY' || is === 'DISABLED'
      ? ''
      : `earn it (\`interlock autonomy earned --account ${account} --type ${type}\`), or `;
  return `${earn}set it: \`${now.next(`mode set AUTO_EXECUTE --account ${account} --type ${type} --reason …`)}\``;
};

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

const switchStep = 'see who stopped it: `interlock kill-switch status`';
const policyStep = 'see the policy of automatic approval: `interlock auto-approval show`';

const nextSteps: { readonly [gate in Figure['gate']]: (figure: Figure, place: Place, now: Now) => string } = {
  kill_switch: () => switchStep,
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
    return `${figure === 'confidence_score' ? `${confidenceSteps(one, place, now)}; or ` : ''}${policyStep}`;
  },
  budget: ({ is }, { account_id: account }, { next }) =>
    is === null
      ? 'nothing: the budget is looked at as soon as nobody else has to decide'
      : `wait for tomorrow, or set another budget: \`${next(`budget set --account ${account} …`)}\``,
};

type Kept = 'DENIED' | 'BLOCKED' | 'PROPOSED' | 'REJECTED' | 'EXPIRED' | 'CANCELLED';
/** The step after each end of an action that did not run, unless its gate has a step of its own. */
const endSteps: { readonly [state in Kept]: (id: string) => string } = {
  DENIED: (id) => `this gate denies it for everybody: \`interlock actions show ${id}\``,
  BLOCKED: (id) => `see why the gate blocked it: \`interlock actions show ${id}\``,
  PROPOSED: (id) => `see what it proposes: \`interlock actions show ${id}\``,
  REJECTED: (id) => `see who rejected it: \`interlock actions show ${id}\``,
  EXPIRED: () => 'publish it again, with a later `not_after` if it has one',
  CANCELLED: (id) => `see who or what stopped it: \`interlock actions show ${id}\``,
};
const isKept = (state: Action['state']): state is Kept => Object.hasOwn(endSteps, state);

const modeSeen = ({ gates }: Place): string | undefined => {
  const saw = gates.find(({ gate }) => gate === 'autonomy_mode')?.saw as
    { readonly answer?: { readonly mode?: string } } | undefined;
  return saw?.answer?.mode;
};

const isRefusal = ({ verdict }: Pick<Action['gates'][number], 'verdict'>): boolean =>
  verdict === 'fail' || verdict === 'error';

/**
 * Returns the gate or step that ended the action. A kill switch may stop an action after its gates.
 * Any other end, such as one by time or by a person, has the name of the state.
 */
const endedBy = ({
  gates,
  steps,
  reasons,
  state,
}: Pick<Action, 'gates' | 'steps' | 'reasons' | 'state'>): string =>
  steps.findLast(isRefusal)?.step ??
  gates.findLast(isRefusal)?.gate ??
  (reasons.some(({ code }) => code === 'kill-switch-engaged') ? 'kill_switch' : state.toLowerCase());

const endStep = (gate: string, state: Kept, action: Action, now: Now): string => {
  if (state === 'DENIED') return endSteps.DENIED(action.action_id);
  switch (gate) {
    case 'kill_switch':
      return switchStep;
    case 'autonomy_mode':
      return modeSteps({ is: modeSeen(action) ?? null }, action, now);
    case 'auto_approval':
      return policyStep;
    default:
      return endSteps[state](action.action_id);
  }
};

/** The end of an action that did not run; null if it ran, or can still run. */
const endOf = (action: Action, now: Now): Obstacle | null => {
  const { reasons, state } = action;
  if (!isKept(state)) return null;
  const gate = endedBy(action);
  return {
    gate,
    is: reasons.map(({ code, detail }) => `${code}: ${detail}`).join('; '),
    next: endStep(gate, state, action, now),
  };
};

const obstaclesOf = (action: Action, now: Now): readonly Obstacle[] => {
  const { automatic_if: figures, gates } = action;
  const place = (gate: string): number => gates.findIndex((judged) => judged.gate === gate);
  const end = endOf(action, now);
  return [
    ...(end === null ? [] : [end]),
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

/** What a dry run that no gate held says of the real action. */
const wouldRun = (reversible: boolean | null): string =>
  reversible === false
    ? 'No gate would hold it. It cannot be undone, so a person decides, unless the type is read-only.'
    : 'No gate would hold it.';

const whyShape = linesShape<Why>(
  ({ action_type: type, account_id: account, action_id: id, accepted_at: at, state, obstacles, ...of }) => [
    `${type} of ${account}, by its newest ${of.dry_run ? 'dry run' : 'action'} ${id}${at === null ? '' : ` of ${timeText(at, Date.now())}`} (${state})`,
    ...(obstacles.length === 0
      ? [`  ${of.dry_run ? wouldRun(of.reversible) : 'Nothing kept it from running by itself.'}`]
      : []),
    ...obstacles.flatMap(({ gate, is, next }, at) => [`  ${at + 1}. ${gate}  ${is}`, `     next: ${next}`]),
  ],
  ({ action_id }) => [action_id],
);

/** The mode that holds now, if the mode kept the action from running by itself. */
const modeOfNow = async (session: Session, action: Action): Promise<string | undefined> => {
  const isOfMode =
    action.automatic_if.some(({ figure }) => figure === 'mode' || figure === 'autonomy_mode') ||
    (isKept(action.state) && endedBy(action) === 'autonomy_mode');
  if (!isOfMode) return undefined;
  const { account_id, action_type } = action;
  const query = { account_id, action_type };
  const { effective } = await session.ask('GET /api/v1/autonomy/config', [], { query });
  return effective?.mode;
};

export const addWhy = answer({
  command: 'why <type>',
  about:
    'show what keeps the newest action of a type from running automatically, in the order of the gates, with the next step for each',
  routes: [
    'GET /api/v1/autonomous/actions',
    'GET /api/v1/autonomous/actions/{id}',
    'GET /api/v1/autonomy/config',
  ],
  options: { '--account <account>': 'of this account only' },
  run: async ({ session, options: { account } }, type) => {
    const query = { action_type: type, limit: looked };
    const { items } = await session.ask('GET /api/v1/autonomous/actions', [], { query });
    const newest = items.find(({ account_id }) => account === undefined || account_id === account);
    if (newest === undefined)
      throw new CliError(
        `there is no action of the type \`${visible(type)}\`${account === undefined ? '' : ` and the account \`${visible(account)}\``} yet: publish an intent with \`"dry_run": true\`, which is judged and changes nothing`,
      );
    const action = await session.ask('GET /api/v1/autonomous/actions/{id}', [newest.action_id]);
    const { action_type, account_id, action_id, accepted_at, state, dry_run, plan } = action;
    const mode = await modeOfNow(session, action);
    return {
      ...{ action_type, account_id, action_id, accepted_at, state, dry_run },
      reversible: plan?.reversible ?? null,
      obstacles: obstaclesOf(action, { next: (command) => session.next(command), mode }),
    };
  },
  shape: whyShape,
});
