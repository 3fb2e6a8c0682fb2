import type { Schema } from '@interlock/api-types';
import { leastRetention, retained, retentionBounds, retentionKinds } from '@interlock/contracts';
import { linesShape } from '../../output/output.js';
import { ask, group } from '../../program/declare.js';
import { whole } from '../../readers.js';
import type { Options } from '../../program/options.js';

type Retention = Schema<'RetentionDto'>;
type Plan = Schema<'RetentionPlanDto'>;

const shown = (days: number | null): string => (days === null ? 'for ever' : `${days} d`);

const shape = linesShape((retention: Retention) => [
  ...retentionKinds.map(
    (kind) => `${kind.padEnd(14)} ${shown(retention[kind]).padEnd(10)} ${retained[kind].about}`,
  ),
  ...retention.fixed.map(({ what, days }) => `${what.padEnd(14)} ${shown(days).padEnd(10)} fixed`),
  ...(retention.updated_at === null
    ? []
    : [`set ${retention.updated_at} by ${retention.updated_by ?? 'nobody'}`]),
]);

type Cut = NonNullable<Plan['log']>;

const holds: { readonly [why in Cut['held'][number]['why']]: string } = {
  open: 'the action or its transaction has not ended',
  newer: 'the action went on after this time',
  needed: 'a service names it in its open work',
  not_noted: 'no note of open work is as new as its end',
  not_archived: 'the archive does not hold it yet',
  not_signed: 'no checkpoint covers it yet',
};

const range = (from: string | null, to: string | null, before: string): string =>
  from === null ? `none before ${before}` : `from ${from} to ${to ?? from}`;

const cutLines = (cut: Cut): readonly string[] => [
  [
    `${'log'.padEnd(14)} ${'streams'.padEnd(14)} ${cut.events} events of ${cut.streams} streams, ${cut.bytes} bytes`,
    range(cut.from, cut.to, cut.before),
  ].join('  '),
  ...(cut.blocked === null ? [] : [`  nothing is cut: ${cut.blocked}`]),
  ...(cut.segments.length === 0
    ? []
    : [`  proved by ${cut.segments.join(', ')} and the checkpoint of ${cut.checkpoint_size ?? 0} leaves`]),
  ...cut.held.map(
    ({ why, streams, events }) => `  kept: ${events} events of ${streams} streams, because ${holds[why]}`,
  ),
];

const planShape = linesShape(({ removals, log }: Plan) =>
  removals.length === 0 && log === null
    ? ['nothing: every kind is kept for ever']
    : [
        ...removals.map(({ kind, table, rows, partitions, before, from, to }) =>
          [
            `${kind.padEnd(14)} ${table.padEnd(14)} ${rows} rows`,
            ...(partitions === null ? [] : [`in ${partitions} partitions`]),
            range(from, to, before),
          ].join('  '),
        ),
        ...(log === null ? [] : cutLines(log)),
      ],
);

const kinds: Options = Object.fromEntries(
  retentionKinds.map((kind) => [
    `--${kind} <days>`,
    {
      about: `days for which ${retained[kind].about} are kept`,
      as: kind,
      read: whole(leastRetention(kind), retentionBounds.most),
    },
  ]),
);

/** `interlock retention`: how long rows and the log are kept, and what would be removed. */
export const addRetention = group(
  'retention',
  'how long rows of read models, and ended actions in the log, are kept',
  [
    ask({ command: 'show', about: 'what holds', route: 'GET /api/v1/retention', shape }),
    ask({
      command: 'apply',
      about: 'set all of them; an omitted kind is kept forever',
      route: 'PUT /api/v1/retention',
      body: { ...kinds, '--reason <text>': { about: 'why, for the record', required: true } },
      ifMatch: 'option',
      loosens: true,
      shape,
    }),
    ask({
      command: 'plan',
      about: 'show what would be removed now, by the given retention or by the current one',
      route: 'GET /api/v1/retention/plan',
      query: kinds,
      shape: planShape,
    }),
  ],
);
