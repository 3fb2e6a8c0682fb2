import type { Time, LogPosition, PageOf } from '@interlock/platform';
import type { Severity } from '@interlock/contracts';

/** The common members of an alert and an incident. */
type NoticeDto = {
  readonly opened_at: Time;
  readonly updated_at: Time;
  readonly tenant_id: string;
  readonly id: string;
  readonly status: string;
  readonly severity: Severity;
  readonly name: string;
  readonly title: string;
  readonly detail: string;
  readonly action_id: string | null;
  readonly entity_id: string | null;
  readonly fingerprint: string | null;
  readonly fired: number;
  readonly cause: object;
  readonly acknowledged_by: string | null;
  readonly note: string | null;
  readonly position: LogPosition;
};

/** Log positions of the first and the last event that show a condition. */
type EvidenceDto = {
  readonly from: LogPosition;
  readonly to: LogPosition;
};

export type AlertDto = NoticeDto & {
  /**
   * The number of the episode. Each firing and each new page is an episode with its own
   * acknowledgement.
   */
  readonly episode: number;
  readonly evidence: EvidenceDto | null;
  /** The documentation path of the runbook and of the step in it. Null if there is none. */
  readonly runbook: string | null;
  readonly manual_intervention_required: boolean;
  readonly silenced_until: Time | null;
  readonly silenced_by: string | null;
  /**
   * True if the alert fires with medium severity or higher and is neither acknowledged nor
   * silenced.
   */
  readonly needs_attention: boolean;
};

/** A page of alerts, with the server's clock. */
export type AlertPageDto = PageOf<AlertDto> & {
  readonly server_time: Time;
};

/** A thing that the incident is about, besides its cause. */
type IncidentLinkDto = {
  readonly kind: 'action' | 'bundle' | 'alert';
  readonly id: string;
  readonly stream: string;
};

export type IncidentDto = NoticeDto & {
  readonly links: readonly IncidentLinkDto[];
  /**
   * True if the incident represents an ongoing condition, e.g. bypassed policies. Nobody can
   * resolve it before the condition ends.
   */
  readonly stands: boolean;
};

/** A page of incidents, with the server's clock. */
export type IncidentPageDto = PageOf<IncidentDto> & {
  readonly server_time: Time;
};

/** One thing that happened to an alert, an incident, or an alert that an incident is linked to. */
export type TimelineEntryDto = {
  readonly at: Time;
  readonly id: string;
  readonly type: string;
  readonly actor: string;
  readonly severity: string | null;
  readonly text: string | null;
  readonly event_id: string;
  readonly position: LogPosition;
};

export type TimelineDto = {
  readonly items: readonly TimelineEntryDto[];
};

/** The state of an alert or incident after a person's change. */
export type ChangedNoticeDto = {
  readonly id: string;
  readonly status: string;
  readonly position: LogPosition | null;
};

/** The state of an alert after a person's change. */
export type ChangedAlertDto = ChangedNoticeDto & {
  readonly episode: number;
};

/** The report that the daily run writes and `interlock alerts check` shows. */
export type AlertReportDto = {
  readonly timestamp: string;
  readonly tenant_id: string;
  readonly alerts: readonly ReportedAlertDto[];
  readonly alert_count: number;
  readonly requires_attention: boolean;
  /** The exit code of `interlock alerts check`. */
  readonly exit_code: 0 | 1;
};

type ReportedAlertDto = {
  readonly alert_id: string;
  readonly condition: string;
  readonly severity: Severity;
  readonly message: string;
  readonly status: string;
  readonly episode: number;
  readonly since: string;
  readonly github_issue: boolean;
  readonly manual_intervention_required: boolean;
  readonly needs_attention: boolean;
  readonly runbook: string | null;
  readonly evidence: EvidenceDto | null;
};

type OperationalFigureDto = {
  readonly value: number;
  /** The bound that the value must stay below. */
  readonly below: number;
  readonly safe: boolean;
};

/** The figures of safe operation, according to the log. */
export type OperationalDto = {
  readonly at: Time;
  readonly tenant_id: string;
  readonly safe: boolean;
  readonly policy_flips_24h: OperationalFigureDto;
  readonly brake_engagements_week: OperationalFigureDto;
  readonly blocked_share_pct: OperationalFigureDto;
  readonly manual_unlocks_of_limit_pct: OperationalFigureDto;
};
