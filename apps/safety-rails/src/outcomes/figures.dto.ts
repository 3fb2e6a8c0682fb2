import type { Verdict } from '@interlock/kernel';
import { IfGiven, TenantScoped, type Time } from '@interlock/platform';
import type { GateName } from '@interlock/rails';
import { IsIn } from 'class-validator';

const figuresPeriods = ['hour', 'day', 'week'] as const;
export type FiguresPeriod = (typeof figuresPeriods)[number];
const figuresGroups = ['action_type', 'account_id', 'agent'] as const;
export type FiguresBy = (typeof figuresGroups)[number];

export class FiguresQuery extends TenantScoped {
  /** The period, which ends with the current step. Absent: `day`. */
  @IfGiven() @IsIn(figuresPeriods) over?: FiguresPeriod;
  /** The grouping of the actions. Absent: `action_type`. */
  @IfGiven() @IsIn(figuresGroups) by?: FiguresBy;
}

/** Milliseconds: half took no longer than `median`, 95 of 100 no longer than `p95`. */
type DurationsDto = { readonly median: number; readonly p95: number };

/** The number of actions by what happened to them. */
type CountsDto = {
  readonly accepted: number;
  readonly ended: number;
  /** The handler was asked to run it. */
  readonly started: number;
  /** It was started without needing a person's answer. */
  readonly automatic: number;
  /** People were asked to confirm or approve it, or its plan. */
  readonly asked: number;
  /** A gate denied or blocked it. */
  readonly refused: number;
  readonly completed: number;
  /** It was rolled back, or its rollback failed. */
  readonly rolled_back: number;
};
export type ActionFiguresDto = CountsDto & {
  /**
   * The time from the acceptance to the first decision: ask, run or refuse. Null if there is none.
   */
  readonly decided_ms: DurationsDto | null;
  /**
   * The time from the request to people until the answer that settled it. Null if there is none.
   */
  readonly answered_ms: DurationsDto | null;
};
export type FiguresStepDto = CountsDto & {
  /** The start of the step. */
  readonly at: Time;
};
export type GateFiguresDto = {
  readonly gate: GateName;
  /** The number of actions by the gate's last verdict. */
  readonly verdicts: { readonly [V in Verdict]: number };
};
type GroupFiguresDto = ActionFiguresDto & { readonly name: string };

export type FiguresDto = {
  readonly over: FiguresPeriod;
  readonly by: FiguresBy;
  /** The actions were accepted at or after `from` and before `until`. */
  readonly from: Time;
  readonly until: Time;
  readonly totals: ActionFiguresDto;
  /** The largest groups first, at most 50. */
  readonly groups: readonly GroupFiguresDto[];
  /** True if there are more groups than these. */
  readonly more: boolean;
  readonly series: readonly FiguresStepDto[];
  readonly gates: readonly GateFiguresDto[];
  readonly server_time: Time;
};
