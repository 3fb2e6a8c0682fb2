import { anyObject, logPosition, nullable, pageOf, time } from '@interlock/platform';
import { severities, type Severity } from '@interlock/contracts';
import { ApiProperty } from '@nestjs/swagger';

/** What an alert and an incident have in common. */
class NoticeDto {
  @ApiProperty(time) readonly opened_at!: string;
  @ApiProperty(time) readonly updated_at!: string;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly status!: string;
  @ApiProperty({ enum: severities }) readonly severity!: Severity;
  @ApiProperty() readonly name!: string;
  @ApiProperty() readonly title!: string;
  @ApiProperty() readonly detail!: string;
  @ApiProperty(nullable({ type: String })) readonly action_id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly entity_id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly fingerprint!: string | null;
  @ApiProperty() readonly fired!: number;
  @ApiProperty(anyObject) readonly cause!: object;
  @ApiProperty(nullable({ type: String })) readonly acknowledged_by!: string | null;
  @ApiProperty(nullable({ type: String })) readonly note!: string | null;
  @ApiProperty(logPosition) readonly position!: string;
}

/** Log positions of the first and the last event that show a condition. */
export class EvidenceDto {
  @ApiProperty(logPosition) readonly from!: string;
  @ApiProperty(logPosition) readonly to!: string;
}

export class AlertDto extends NoticeDto {
  /** Each firing, and each page again, is an episode of its own with its own acknowledgement. */
  @ApiProperty() readonly episode!: number;
  @ApiProperty(nullable({ type: EvidenceDto })) readonly evidence!: EvidenceDto | null;
  /** The runbook and the step in it, as a path of the documentation. */
  @ApiProperty(nullable({ type: String })) readonly runbook!: string | null;
  @ApiProperty() readonly manual_intervention_required!: boolean;
  @ApiProperty(nullable(time)) readonly silenced_until!: string | null;
  @ApiProperty(nullable({ type: String })) readonly silenced_by!: string | null;
  /** Whether it fires, at medium or worse, and nobody has acknowledged or silenced it. */
  @ApiProperty() readonly needs_attention!: boolean;
}

/** A page of alerts, with the server's clock. */
export class AlertPageDto extends pageOf(AlertDto) {
  @ApiProperty(time) readonly server_time!: string;
}

/** What an incident is about beside its cause. */
export class IncidentLinkDto {
  @ApiProperty({ enum: ['action', 'bundle', 'alert'] }) readonly kind!: 'action' | 'bundle' | 'alert';
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly stream!: string;
}

export class IncidentDto extends NoticeDto {
  @ApiProperty({ type: [IncidentLinkDto] }) readonly links!: readonly IncidentLinkDto[];
  /** It stands for something that goes on, and nobody resolves it before that is over. */
  @ApiProperty() readonly stands!: boolean;
}

/** A page of incidents, with the server's clock. */
export class IncidentPageDto extends pageOf(IncidentDto) {
  @ApiProperty(time) readonly server_time!: string;
}

/** One thing that happened to an alert, an incident, or an alert that an incident is linked to. */
export class HappeningDto {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly type!: string;
  @ApiProperty() readonly actor!: string;
  @ApiProperty(nullable({ type: String })) readonly severity!: string | null;
  @ApiProperty(nullable({ type: String })) readonly text!: string | null;
  @ApiProperty() readonly event_id!: string;
  @ApiProperty(logPosition) readonly position!: string;
}

export class TimelineDto {
  @ApiProperty({ type: [HappeningDto] }) readonly items!: readonly HappeningDto[];
}

/** How a notice stands after a person's word. */
export class ChangedNoticeDto {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly status!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}

/** How an alert stands after a person's word. */
export class ChangedAlertDto extends ChangedNoticeDto {
  @ApiProperty() readonly episode!: number;
}

/** What the daily run writes, and what `interlock alerts check` shows. */
export class AlertReportDto {
  @ApiProperty() readonly timestamp!: string;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty({ type: () => [ReportedAlertDto] }) readonly alerts!: readonly ReportedAlertDto[];
  @ApiProperty() readonly alert_count!: number;
  @ApiProperty() readonly requires_attention!: boolean;
  /** The exit code of `interlock alerts check`. */
  @ApiProperty({ enum: [0, 1] }) readonly exit_code!: 0 | 1;
}

export class ReportedAlertDto {
  @ApiProperty() readonly alert_id!: string;
  @ApiProperty() readonly condition!: string;
  @ApiProperty({ enum: severities }) readonly severity!: Severity;
  @ApiProperty() readonly message!: string;
  @ApiProperty() readonly status!: string;
  @ApiProperty() readonly episode!: number;
  @ApiProperty() readonly since!: string;
  @ApiProperty() readonly github_issue!: boolean;
  @ApiProperty() readonly manual_intervention_required!: boolean;
  @ApiProperty() readonly needs_attention!: boolean;
  @ApiProperty(nullable({ type: String })) readonly runbook!: string | null;
  @ApiProperty(nullable({ type: EvidenceDto })) readonly evidence!: EvidenceDto | null;
}

class OperationalFigureDto {
  @ApiProperty() readonly value!: number;
  /** The value must stay below it. */
  @ApiProperty() readonly below!: number;
  @ApiProperty() readonly safe!: boolean;
}

/** The figures of safe operation, by what the log says. */
export class OperationalDto {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly safe!: boolean;
  @ApiProperty() readonly policy_flips_24h!: OperationalFigureDto;
  @ApiProperty() readonly brake_engagements_week!: OperationalFigureDto;
  @ApiProperty() readonly blocked_share_pct!: OperationalFigureDto;
  @ApiProperty() readonly manual_unlocks_of_limit_pct!: OperationalFigureDto;
}
