import { casePage, recordedDownload } from '@interlock/policy';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsTimestamp, PageQuery, TenantScoped, WholeNumber, IfGiven } from '@interlock/platform';

export class RunPageQuery extends PageQuery {
  @IfGiven() @WholeNumber(1, casePage.most) override limit?: number;
}

export class RecordedDecisionsQuery extends TenantScoped {
  /** The fields of the context to return beside those of the policies, separated by commas. */
  @IsOptional() @IsString() @MaxLength(8000) fields?: string;
  /** The earliest time at which the decisions were recorded; a day before `to` if absent. */
  @IsOptional() @IsTimestamp() from?: string;
  /** The time before which they were recorded; now if absent. */
  @IsOptional() @IsTimestamp() to?: string;
  /** The largest number of decisions; the newest are returned. */
  @IfGiven() @WholeNumber(1, recordedDownload.most) max_evaluations?: number;
}
