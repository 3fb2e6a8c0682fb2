import type { Schema } from '@interlock/api-types';
import { retained, retentionBounds, retentionKinds } from '@interlock/contracts';
import type { Command } from 'commander';
import { addAsks, whole, type Ask, type Field } from '../../asks.js';
import { linesShape } from '../../output/output.js';
import type { Globals } from '../../session.js';

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

const planShape = linesShape(({ removals }: Plan) =>
  removals.length === 0
    ? ['nothing: every kind is kept for ever']
    : removals.map(({ kind, table, rows, partitions, before, from, to }) =>
        [
          `${kind.padEnd(14)} ${table.padEnd(14)} ${rows} rows`,
          ...(partitions === null ? [] : [`in ${partitions} partitions`]),
          ...(from === null ? [`none before ${before}`] : [`from ${from} to ${to ?? from}`]),
        ].join('  '),
      ),
);

const fields: readonly Field[] = retentionKinds.map((kind) => ({
  flags: `--${kind} <days>`,
  about: `days for which ${retained[kind].about} are kept`,
  as: kind,
  read: whole(retentionBounds.least, retentionBounds.most),
}));

/** `interlock retention`: how long read models keep rows, and what would be removed. */
export const addRetention = (program: Command, globals: () => Globals): void => {
  const retention = program
    .command('retention')
    .description('how long the rows of read models are kept; the log itself is kept');
  const show: Ask<Retention> = {
    command: 'show',
    about: 'what holds',
    route: 'GET /api/v1/retention',
    shape,
  };
  const plan: Ask<Plan> = {
    command: 'plan',
    about: 'what would be removed now, by the given retention or else by the one in force',
    route: 'GET /api/v1/retention/plan',
    query: fields,
    shape: planShape,
  };
  const apply: Ask<Retention> = {
    command: 'apply',
    about: 'set all of them: a kind that is left out is kept for ever',
    route: 'PUT /api/v1/retention',
    body: [
      ...fields,
      { flags: '--reason <text>', about: 'why, for the record', as: 'reason', required: true },
    ],
    ifMatch: 'option',
    loosens: true,
    shape,
  };
  addAsks(retention, globals, [show, apply]);
  addAsks(retention, globals, [plan]);
};
