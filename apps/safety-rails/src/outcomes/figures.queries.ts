import { verdicts, type Verdict } from '@interlock/kernel';
import { withTenant, type ProjectionRunner } from '@interlock/postgres';
import { gateNames, type GateName } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { ActionsDatabase } from '../actions/actions.projection.js';
import { ActionsRunner } from '../runners.js';
import type {
  ActionFiguresDto,
  FiguresBy,
  FiguresPeriod,
  FiguresStepDto,
  GateFiguresDto,
} from './figures.dto.js';

/** The steps of a period's series: the length of one in seconds, and their number. */
const steps: { readonly [P in FiguresPeriod]: { readonly seconds: number; readonly count: number } } = {
  hour: { seconds: 300, count: 12 },
  day: { seconds: 3600, count: 24 },
  week: { seconds: 6 * 3600, count: 28 },
};
/** The largest number of groups in an answer. The others only count in the totals. */
const mostGroups = 50;

/** A period: `[from, until)` in milliseconds since 1970; `until` is the end of the running step. */
export type Span = { readonly from: number; readonly until: number };

/** Returns the period that ends with the step in which `now` lies. Pure. */
export const spanOf = (period: FiguresPeriod, now: number): Span => {
  const { seconds, count } = steps[period];
  const length = seconds * 1000;
  const until = (Math.floor(now / length) + 1) * length;
  return { from: until - count * length, until };
};

type Counted = {
  readonly accepted: string;
  readonly ended: string;
  readonly started: string;
  readonly automatic: string;
  readonly asked: string;
  readonly refused: string;
  readonly completed: string;
  readonly rolled_back: string;
};
type Row = Counted & {
  readonly decided: Percentiles;
  readonly answered: Percentiles;
};

const number = (text: RawBuilder<unknown>): RawBuilder<string> => sql<string>`${text}`;
const counts = [
  number(sql`count(*)`).as('accepted'),
  number(sql`count(ended_at)`).as('ended'),
  number(sql`count(started_at)`).as('started'),
  number(sql`count(*) filter (where started_at is not null and answered_at is null)`).as('automatic'),
  number(sql`count(*) filter (where asked_at is not null or answered_at is not null)`).as('asked'),
  number(sql`count(*) filter (where state in ('DENIED', 'BLOCKED'))`).as('refused'),
  number(sql`count(*) filter (where state = 'COMPLETED')`).as('completed'),
  number(sql`count(*) filter (where state in ('ROLLED_BACK', 'ROLLBACK_FAILED'))`).as('rolled_back'),
] as const;
type Percentiles = readonly (number | null)[] | null;
/** Returns the median and the 95th percentile of a duration, in milliseconds. */
const percentiles = (from: string, to: string): RawBuilder<Percentiles> =>
  sql`percentile_disc(array[0.5, 0.95]) within group (order by round(extract(epoch from ${sql.ref(to)} - ${sql.ref(from)}) * 1000)::float8)`;
const times = [
  percentiles('accepted_at', 'decided_at').as('decided'),
  percentiles('asked_at', 'answered_at').as('answered'),
] as const;

const countedIn = (row: Counted) => ({
  accepted: Number(row.accepted),
  ended: Number(row.ended),
  started: Number(row.started),
  automatic: Number(row.automatic),
  asked: Number(row.asked),
  refused: Number(row.refused),
  completed: Number(row.completed),
  rolled_back: Number(row.rolled_back),
});
const timesIn = (both: Percentiles): ActionFiguresDto['decided_ms'] => {
  const [median = null, p95 = null] = both ?? [];
  return median === null || p95 === null ? null : { median, p95 };
};
const figuresIn = (row: Row): ActionFiguresDto => ({
  ...countedIn(row),
  decided_ms: timesIn(row.decided),
  answered_ms: timesIn(row.answered),
});

const nothing: Counted = {
  accepted: '0',
  ended: '0',
  started: '0',
  automatic: '0',
  asked: '0',
  refused: '0',
  completed: '0',
  rolled_back: '0',
};

const within = (db: Kysely<ActionsDatabase>, tenantId: string, { from, until }: Span) =>
  db
    .selectFrom('actions')
    .where('tenant_id', '=', tenantId)
    .where('dry_run', '=', false)
    .where('accepted_at', '>=', new Date(from))
    .where('accepted_at', '<', new Date(until));

/** Counts the actions that were accepted in a period, without dry runs, from their read model. */
@Injectable()
export class FiguresQueries {
  constructor(@Inject(ActionsRunner) private readonly runner: ProjectionRunner<ActionsDatabase>) {}

  /**
   * Returns the figures of all actions of the period together, and of each group, the largest
   * first.
   */
  async figures(
    tenantId: string,
    span: Span,
    by: FiguresBy,
  ): Promise<{
    readonly totals: ActionFiguresDto;
    readonly groups: readonly (ActionFiguresDto & { readonly name: string })[];
    readonly more: boolean;
  }> {
    const rows = await this.#read(tenantId, (db) =>
      within(db, tenantId, span)
        .select([sql<string | null>`${sql.ref(by)}`.as('name'), ...counts, ...times])
        .groupBy(sql`grouping sets ((), (${sql.ref(by)}))`)
        .orderBy(sql`grouping(${sql.ref(by)})`, 'desc')
        .orderBy('accepted', 'desc')
        .orderBy('name')
        .limit(mostGroups + 2)
        .execute(),
    );
    const [totals, ...groups] = rows;
    return {
      totals: figuresIn(totals!),
      groups: groups.slice(0, mostGroups).map((row) => ({ name: row.name!, ...figuresIn(row) })),
      more: groups.length > mostGroups,
    };
  }

  /** Returns the period's steps, earliest first, including those without an action. */
  async series(tenantId: string, span: Span, period: FiguresPeriod): Promise<readonly FiguresStepDto[]> {
    const { seconds, count } = steps[period];
    const rows = await this.#read(tenantId, (db) =>
      within(db, tenantId, span)
        .select([
          sql<number>`floor((extract(epoch from accepted_at) - ${span.from / 1000}::float8) / ${seconds}::float8)::int`.as(
            'n',
          ),
          ...counts,
        ])
        .groupBy('n')
        .execute(),
    );
    return Array.from({ length: count }, (_, i) => ({
      at: new Date(span.from + i * seconds * 1000).toISOString(),
      ...countedIn(rows.find(({ n }) => n === i) ?? nothing),
    }));
  }

  /** Returns the number of actions by the last verdict of each gate, in the gates' order. */
  async gates(tenantId: string, span: Span): Promise<readonly GateFiguresDto[]> {
    const rows = await this.#read(tenantId, (db) =>
      within(db, tenantId, span)
        .innerJoin(
          sql<{ readonly key: string; readonly value: string }>`json_each_text(verdicts)`.as<'judged'>(
            sql`judged`,
          ),
          (join) => join.onTrue(),
        )
        .select(['judged.key as gate', 'judged.value as verdict', (s) => s.fn.countAll<string>().as('n')])
        .groupBy(['judged.key', 'judged.value'])
        .execute(),
    );
    const n = (gate: GateName, verdict: Verdict): number =>
      Number(rows.find((row) => row.gate === gate && row.verdict === verdict)?.n ?? 0);
    return gateNames.map((gate) => ({
      gate,
      verdicts: Object.fromEntries(
        verdicts.map((verdict) => [verdict, n(gate, verdict)]),
      ) as GateFiguresDto['verdicts'],
    }));
  }

  #read<R>(tenantId: string, read: (db: Transaction<ActionsDatabase>) => Promise<R>): Promise<R> {
    return withTenant(this.runner.db(), tenantId, read);
  }
}
