import type { Schema } from '@interlock/api-types';
import { plainText } from './output/record.js';
import { toned, toneOf, type Screen } from './output/screen.js';
import { shortIds, tableText, type Column } from './output/table.js';
import { durationText, timeCell, timeText } from './output/times.js';
import { visible } from './output/visible.js';

type View = Schema<'ActionDto'>;
/** An action in a list. A whole action has these members too. */
type Row = Omit<Schema<'ActionRowDto'>, 'held_for' | 'risk_score' | 'site_id' | 'answered'>;
type Reason = View['reasons'][number];
type Timeline = Schema<'ActionTimelineDto'>['items'];
/** The common members of many events. */
type EventData = {
  readonly reasons?: readonly Reason[];
  readonly verdict?: string;
  readonly occasion?: string;
  readonly gates?: readonly { readonly gate: string; readonly verdict: string }[];
};
type Prediction = Partial<Schema<'PredictionDto'>>;

const why = (reasons: readonly Reason[] | undefined): string =>
  (reasons ?? []).map(({ code, detail }) => `${code}: ${detail}`).join('; ');

/** The verdicts, worst first. */
const verdicts = ['error', 'fail', 'inconclusive', 'pass'];

/** Returns an event's own verdict, or the worst of its judged gates. */
const verdictText = ({ verdict, gates = [] }: EventData): string =>
  verdict ?? verdicts.find((one) => gates.some((judged) => judged.verdict === one)) ?? '';

/** Returns the reasons of an event; for gates, which ones were judged and on what occasion. */
const eventText = ({ reasons, occasion, gates = [] }: EventData): string => {
  const names = gates.map(({ gate }) => gate);
  if (names.length === 0) return why(reasons);
  return `${occasion ?? 'rollback'}: ${names.length === 1 ? names[0] : `${names[0]} to ${names.at(-1)}`}`;
};

/**
 * Returns the columns of actions. On a terminal, ids are shortened to a prefix that still
 * identifies the action; programs get whole ids.
 */
export const actionColumns = (rows: readonly Row[]): readonly Column<Row>[] => {
  const short = shortIds(rows.map(({ action_id }) => action_id));
  return [
    {
      head: 'ACTION',
      of: ({ action_id }, { columns }) =>
        columns === undefined ? action_id : (short.get(action_id) ?? action_id),
    },
    { head: 'STATE', of: ({ state }) => state, toned: true },
    {
      head: 'TYPE',
      of: ({ action_type, dry_run }) => (dry_run ? `${action_type} (dry run)` : action_type),
      fit: 10,
    },
    { head: 'ENTITY', of: ({ entity_id }) => entity_id, fit: 10 },
    { head: 'ACCEPTED (UTC)', time: ({ accepted_at }) => accepted_at, fit: 15 },
    {
      head: 'DUE',
      of: ({ due_at, ended_at }, { now }) => (ended_at === null ? timeCell(due_at, now) : ''),
      wide: true,
    },
    { head: 'AGENT', of: ({ agent }) => agent, wide: true },
    { head: 'ACCOUNT', of: ({ account_id }) => account_id, wide: true },
    { head: 'INTENT', of: ({ intent_id }) => intent_id, wide: true },
    { head: 'WHY', of: whyText, fit: 12 },
  ];
};

/**
 * Returns the remaining external effect of an ended action in words; empty if its state already
 * implies it.
 */
const effectText = ({ effect, state }: Pick<Row, 'effect' | 'state'>): string => {
  if (effect === null || effect === undefined) return '';
  const words = {
    none: 'nothing was sent',
    refused: 'refused by the device or handler, nothing is left of it',
    applied: 'applied',
    taken_back: 'applied and taken back',
    unknown: 'what is left is not known',
  } as const;
  return effect === 'applied' && state === 'COMPLETED' ? '' : words[effect];
};

/** Returns the service that an action waits for, with the reason; empty if it does not wait. */
const waitText = ({ waiting }: Pick<View, 'waiting'>): string =>
  waiting === null ? '' : `${waiting.service}: ${waiting.detail}`;

/**
 * Returns why an action is in its state, in one line: what it waits for, or its gates' findings.
 */
const whyText = (view: Pick<View, 'waiting' | 'reasons'>): string =>
  [
    ...(view.waiting === null ? [] : [`waits for ${waitText(view)}`]),
    ...view.reasons.map(({ detail }) => detail),
  ].join('; ');

/** An action in one line: its state, its change and target, and why. */
export const actionLine = (view: Row, screen: Screen): string =>
  `${visible(view.action_id)}  ${toned(view.state, toneOf(view.state), screen)}  ${visible(`${view.action_type} on ${view.entity_id}`)}${view.dry_run ? ', dry run' : ''}${effectText(view) === '' ? '' : `  (${effectText(view)})`}${whyText(view) === '' ? '' : `  ${visible(whyText(view))}`}`;

const head = (text: string, screen: Screen): string => `\n${toned(text, 'head', screen)}`;

/**
 * Returns the digital twin's prediction as the prediction gate saw it; undefined if nobody has
 * asked for it yet.
 */
const predictionOf = ({ gates }: Pick<View, 'gates'>): Prediction | undefined => {
  const saw = gates.find(({ gate }) => gate === 'prediction')?.saw as
    { readonly answer?: Prediction } | undefined;
  return saw?.answer;
};
/** The risk in words: `47 of 99, MEDIUM, by memory, impact 0.4 in -0.2 to 1.1`. */
export const riskText = (view: Pick<View, 'gates'>): string | undefined => {
  const prediction = predictionOf(view);
  if (prediction?.risk_score === undefined) return undefined;
  const [low, high] = prediction.confidence_interval ?? [];
  return `${prediction.risk_score} of 99 (${prediction.risk_level ?? 'no level'}), by ${prediction.basis ?? 'nothing'}${prediction.impact_delta === undefined ? '' : `, impact ${prediction.impact_delta}${low === undefined || high === undefined ? '' : ` in ${low} to ${high}`}`}`;
};

/** Returns the first lines about an action, by name. */
const membersOf = (view: View, screen: Screen): readonly (readonly [string, string])[] =>
  (
    [
      ['action', view.action_id],
      ['state', toned(view.state, toneOf(view.state), screen)],
      ['left outside', effectText(view)],
      ['what', visible(`${view.action_type} on ${view.entity_id}`)],
      ['parameters', visible(JSON.stringify(view.parameters))],
      [
        'affects',
        `${view.affected_entity_count} ${view.affected_entity_count === 1 ? 'entity' : 'entities'}`,
      ],
      ['agent', visible(`${view.agent}, account ${view.account_id}`)],
      ['intent', visible(view.intent_id)],
      ['requested by', visible(view.requester)],
      ['dry run', view.dry_run ? 'yes' : ''],
      ['accepted', view.accepted_at === null ? '' : timeText(view.accepted_at, screen.now)],
      ['ended', view.ended_at === null ? '' : timeText(view.ended_at, screen.now)],
      ['stays until', view.stays_until === null ? '' : timeText(view.stays_until, screen.now)],
      [
        'took',
        view.ended_at === null || view.accepted_at === null
          ? ''
          : durationText(Date.parse(view.ended_at) - Date.parse(view.accepted_at)),
      ],
      ['waits for', visible(waitText(view))],
      ['due', view.due_at === null || view.ended_at !== null ? '' : timeText(view.due_at, screen.now)],
      ['risk', visible(riskText(view) ?? '')],
      ['because', visible(view.reasons.map(({ detail }) => detail).join('; '))],
    ] as const
  ).filter(([, value]) => value !== '');

/** Returns the change of a device, leaf by leaf. */
export const changeLines = ({ plan }: Pick<View, 'plan'>, withPayload: boolean): readonly string[] =>
  plan === null
    ? ['no change of a device']
    : [
        visible(`changes on ${plan.device_id}${plan.reversible ? '' : ', which cannot be taken back'}`),
        ...plan.diff.map(({ path, before, after }) =>
          visible(`  ${path}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`),
        ),
        ...(withPayload
          ? plan.payloads.flatMap(({ operation, xml }) => [
              visible(`  ${operation}`),
              ...xml.split('\n').map((line) => visible(`    ${line}`)),
            ])
          : []),
      ];

/** Returns what a person may decide about it now, by name. */
const waitingMembers = (
  { approval, window, action_id, state }: View,
  screen: Screen,
  next: (command: string) => string,
): readonly (readonly [string, string])[] => {
  const short = action_id.slice(0, 13);
  return [
    ...(approval === null || state !== 'AWAITING_APPROVAL'
      ? []
      : ([
          [
            'approvals',
            `${approval.approved_by.length} of ${approval.required}, until ${timeText(approval.expires_at, screen.now)}`,
          ],
          ['say', next(`actions approve ${short}`)],
        ] as const)),
    ...(window === null || state !== 'AWAITING_CONFIRMATION'
      ? []
      : ([
          ['window', `until ${timeText(window.due_at, screen.now)}, then ${window.end.detail}`],
          ['say', `${next(`actions confirm ${short}`)}, or cancel ${short}`],
        ] as const)),
  ];
};

/**
 * Returns one action as a page: its members, what it waits for, the change, every gate, and its
 * history. `next` gives a command with the caller's own options.
 */
export const actionText = (
  view: View,
  timeline: Timeline,
  screen: Screen,
  next: (command: string) => string,
): string => {
  const members = [...membersOf(view, screen), ...waitingMembers(view, screen, next)];
  const width = Math.max(...members.map(([name]) => name.length));
  return [
    ...members.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    ...(view.plan === null ? [] : [head('change', screen), ...changeLines(view, false)]),
    ...(view.comments.length === 0
      ? []
      : [
          head('comments', screen),
          ...view.comments.map((c) =>
            visible(`  ${timeCell(c.at, screen.now)}  ${c.on} by ${c.by}: ${c.comment}`),
          ),
        ]),
    head('gates', screen),
    tableText(
      view.gates,
      [
        { head: 'GATE', of: ({ gate }) => gate },
        { head: 'VERDICT', of: ({ verdict }) => verdict, toned: true },
        { head: 'HOLD', of: ({ hold }) => hold ?? '' },
        { head: 'WHY', of: ({ reasons }) => why(reasons), fit: 20 },
      ],
      screen,
    ),
    ...(view.steps.length === 0
      ? []
      : [
          head('steps', screen),
          tableText(
            view.steps,
            [
              { head: 'STEP', of: ({ step }) => step },
              { head: 'VERDICT', of: ({ verdict }) => verdict, toned: true },
              { head: 'WHY', of: ({ reasons }) => why(reasons), fit: 20 },
            ],
            screen,
          ),
        ]),
    head('timeline', screen),
    tableText(
      timeline,
      [
        { head: 'REV', of: ({ revision }) => revision, right: true },
        { head: 'TIME (UTC)', of: ({ at }) => at.slice(11, 23) },
        { head: 'EVENT', of: ({ type }) => type },
        { head: 'VERDICT', of: ({ data }) => verdictText(data), toned: true },
        { head: 'WHY', of: ({ data }) => eventText(data), fit: 12 },
      ],
      screen,
    ),
    ...(view.validation_result === null
      ? []
      : [
          head('outcome', screen),
          `  ${plainText(view.validation_result.verdict, screen)}`,
          ...view.validation_result.kpis.map(({ kpi, observed, predicted, verdict }) =>
            visible(
              `  ${kpi}: ${observed ?? 'not seen'}, predicted ${predicted === null ? 'nothing' : predicted.join(' to ')}: ${verdict}`,
            ),
          ),
        ]),
  ].join('\n');
};
