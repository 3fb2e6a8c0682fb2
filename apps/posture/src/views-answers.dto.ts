import type { JsonValue, PostureLevel, PostureSignalName } from '@interlock/contracts';
import type { SignalOrigin } from '@interlock/posture';
import type { Time, StreamRevision, LogPosition, PageOf } from '@interlock/platform';
import type {
  PostureAssessmentDto,
  PostureConfigDto,
  PostureInputsDto,
  PostureSignalDto,
} from './posture-answers.dto.js';

type LevelTransitionDto = {
  readonly at: Time;
  readonly from: PostureLevel;
  readonly to: PostureLevel;
};

/** The seconds spent at each level; `unknown` before the first recorded level. */
type TimeInLevelDto = {
  readonly GREEN: number;
  readonly YELLOW: number;
  readonly ORANGE: number;
  readonly RED: number;
  readonly unknown: number;
};

/** The threshold that a signal will cross if its trend continues, and the hours until then. */
type TowardsDto = {
  readonly level: PostureLevel;
  readonly threshold: number;
  readonly hours: number;
};

type SignalSlopeDto = {
  readonly signal: PostureSignalName;
  readonly per_hour: number;
  readonly reports: number;
  readonly value: number;
  readonly towards: TowardsDto | null;
};

/** The changes of the effective level in a period. */
export type PostureTrendDto = {
  readonly tenant_id: string;
  readonly from: Time;
  readonly to: Time;
  readonly transitions: readonly LevelTransitionDto[];
  readonly time_in_level_s: TimeInLevelDto;
  readonly reversals: number;
  readonly flapping: boolean;
  readonly slopes: readonly SignalSlopeDto[];
};

/** A signal's last valid report, unchanged. */
type LastReportDto = {
  readonly origin: SignalOrigin;
  /** The tenant that received the report: the tenant itself or `_system`. */
  readonly tenant_id: string;
  readonly value: JsonValue;
  readonly at: Time;
  readonly source: string;
};

type SignalStateDto = PostureSignalDto & {
  readonly name: PostureSignalName;
  readonly reports: readonly LastReportDto[];
};

export type SignalListDto = {
  readonly tenant_id: string;
  readonly items: readonly SignalStateDto[];
};

/** One version of a tenant's configuration; its revision is the number of the version, from 0. */
type PostureConfigVersionDto = PostureConfigDto & {
  readonly revision: StreamRevision;
  readonly position: LogPosition;
  readonly by: string;
};

export type PostureConfigVersionPageDto = PageOf<PostureConfigVersionDto>;

type RunFailureDto = {
  readonly detail: string;
  readonly branch: string | null;
};

/** An evaluation on request, and the failure of its files; null if they were written. */
export type EvaluatedDto = {
  readonly run_id: string;
  readonly posture: PostureAssessmentDto;
  readonly failure: RunFailureDto | null;
};

type PostureRunDto = {
  readonly at: Time;
  readonly revision: StreamRevision;
  readonly type: 'PostureEvaluated' | 'PostureRunFailed';
  readonly run_id: string;
  readonly trigger: string;
  readonly due_at?: Time;
  readonly policy?: PostureLevel;
  readonly effective?: PostureLevel;
  readonly inputs?: PostureInputsDto;
  readonly branch?: string | null;
  readonly detail?: string;
};

export type PostureRunPageDto = PageOf<PostureRunDto>;
