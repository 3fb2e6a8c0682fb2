import type { Completeness, killSwitchScopes } from '@interlock/rails';
import type { Time, LogPosition, StreamRevision } from '@interlock/platform';

type StoppedActionDto = {
  readonly tenant_id: string;
  readonly action_id: string;
  readonly state: string;
};

type UntoldActionDto = {
  readonly tenant_id: string;
  readonly action_id: string;
  readonly code: string;
};

type AskedExecutorDto = {
  readonly service: string;
  readonly instance: string;
  readonly answered: boolean;
};

type AskedReleaseDto = {
  readonly by: string;
  readonly expires_at: Time;
};

/** The target of a switch. A member is null if the scope does not name it. */
type SwitchedDto = {
  readonly scope: (typeof killSwitchScopes)[number];
  readonly tenant_id: string | null;
  readonly action_type: string | null;
  readonly account_id: string | null;
  readonly agent: string | null;
  readonly site_id: string | null;
  readonly engaged: boolean;
  readonly engaged_at: Time;
  readonly drill: boolean;
  readonly rollback_in_flight: boolean;
  readonly acknowledged_by: 'executors' | 'time' | null;
};

export type KillSwitchReceiptDto = SwitchedDto & {
  readonly use_id: string | null;
  readonly position: LogPosition | null;
  readonly executors: readonly AskedExecutorDto[];
  readonly cancelled: readonly StoppedActionDto[];
  readonly cancelled_count: number;
  readonly in_flight: readonly StoppedActionDto[];
  readonly in_flight_count: number;
  readonly not_notified: readonly UntoldActionDto[];
  readonly complete: Completeness;
  readonly time_to_stop_ms: number;
  /**
   * True if the target has ever appeared in the log. False if it has not, null if that is unknown.
   * The switch is engaged in every case.
   */
  readonly known: boolean | null;
  /** Similar names of the same kind for a target that never appeared, the most similar first. */
  readonly near: readonly string[];
  readonly release_requested: AskedReleaseDto | null;
};

type RequestedReleaseDto = AskedReleaseDto & {
  readonly at: Time;
  readonly reason: string;
};

type ReleasedDto = {
  readonly by: string;
  readonly at: Time;
  readonly requested_by: string | null;
  readonly reason: string;
};

type KillSwitchUseDto = SwitchedDto & {
  readonly use_id: string;
  readonly reason: string;
  readonly engaged_by: string;
  readonly position: LogPosition;
  readonly acknowledged_at: Time | null;
  readonly time_to_stop_ms: number | null;
  readonly cancelled_count: number | null;
  readonly in_flight_count: number | null;
  readonly release_requested: RequestedReleaseDto | null;
  readonly released: ReleasedDto | null;
};

export type KillSwitchUsesDto = {
  readonly items: readonly KillSwitchUseDto[];
};

type FollowedActionDto = {
  readonly tenant_id: string;
  readonly action_id: string;
  readonly state_at_receipt: string;
  readonly state: string;
  readonly ended: boolean;
};

export type FollowedReceiptDto = KillSwitchUseDto & {
  readonly executors: readonly AskedExecutorDto[];
  readonly cancelled: readonly StoppedActionDto[];
  readonly in_flight: readonly FollowedActionDto[];
  readonly still_in_flight: number;
  readonly not_notified: readonly UntoldActionDto[];
  readonly complete: Completeness;
  readonly read_at: Time;
};

type ExecutorLoadDto = {
  readonly workers: number;
  readonly busy: number;
  readonly depth: number;
  readonly running: number;
};

type KillSwitchHeadDto = {
  readonly stream: string;
  readonly revision: StreamRevision;
  readonly engaged: boolean;
};

type KillSwitchStatusDto = {
  readonly engaged: boolean;
  readonly switches: readonly KillSwitchHeadDto[];
  /** The uses that have not ended. */
  readonly uses: readonly KillSwitchUseDto[];
  readonly current: boolean;
};

export type RailsStatusDto = {
  readonly tenant_id: string;
  readonly executor: ExecutorLoadDto;
  /** Actions by state, without dry runs. */
  readonly actions: { readonly [name: string]: number };
  /** The number of actions that are executing, validated or rolled back now. */
  readonly in_flight: number;
  /** Dry runs by state. */
  readonly dry_runs: { readonly [name: string]: number };
  readonly kill_switch: KillSwitchStatusDto;
  readonly server_time: Time;
};
