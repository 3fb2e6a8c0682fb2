import type { AnsweredHandler, JsonObject } from '@interlock/contracts';
import type { StreamRevision, LogPosition, Time, WholeListOf } from '@interlock/platform';

type ImpactParametersDto = {
  readonly affected_entities?: string;
  readonly cost?: string;
  readonly compute?: string;
};

type ActionTypeDto = {
  readonly action_type: string;
  readonly title: string;
  /** The JSON Schema of the parameters. */
  readonly parameters: JsonObject;
  readonly handler: AnsweredHandler | null;
  readonly impact_fields: readonly string[];
  readonly reversible: boolean;
  readonly read_only: boolean;
  readonly external_contact: boolean;
  /** The type's threshold for the confidence gate, 0–1. Absent: the tenant's thresholds apply. */
  readonly confidence_threshold?: number;
  readonly version?: number;
  readonly impact?: ImpactParametersDto;
  readonly kpis?: readonly string[];
  /**
   * The number of seconds after its end in which an action can be rolled back. No limit if absent.
   */
  readonly undo_within_s?: number;
  /** The parameter with the number of seconds after which Interlock undoes the change. */
  readonly duration_parameter?: string;
  readonly on_unknown?: 'undo' | 'ask';
};

export type ShownActionTypeDto = ActionTypeDto & {
  readonly built_in: boolean;
  readonly revision: StreamRevision | null;
};

export type WrittenActionTypeDto = ActionTypeDto & {
  readonly retired: boolean;
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
};

type ActionTypeVersionDto = ActionTypeDto & {
  readonly registered_at: Time;
  readonly content_hash: string;
};

export type ActionTypesDto = WholeListOf<ActionTypeDto>;
export type ActionTypeVersionsDto = WholeListOf<ActionTypeVersionDto>;
