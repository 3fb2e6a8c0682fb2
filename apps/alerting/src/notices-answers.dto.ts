import { anyObject, logPosition, nullable, pageOf, time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';

/** An alert or an incident. */
export class NoticeDto {
  @ApiProperty(time) readonly opened_at!: string;
  @ApiProperty(time) readonly updated_at!: string;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly status!: string;
  @ApiProperty() readonly severity!: string;
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

/** A page of alerts or incidents, with the server's clock. */
export class NoticePageDto extends pageOf(NoticeDto) {
  @ApiProperty(time) readonly server_time!: string;
}

/** How a notice stands after a person's word. */
export class ChangedNoticeDto {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly status!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}
