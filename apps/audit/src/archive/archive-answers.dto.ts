import { logPosition, nullable, time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';
import { archiveStates, type ArchiveFaultSeen } from './archive-runner.js';
import type { ArchiveAnswer } from './archive-view.js';

export class ArchiveFaultDto implements ArchiveFaultSeen {
  @ApiProperty() readonly code!: string;
  @ApiProperty() readonly detail!: string;
  @ApiProperty(nullable({ type: String })) readonly remedy!: string | null;
}

export class ArchivedSegmentDto {
  @ApiProperty() readonly manifest!: string;
  @ApiProperty() readonly manifest_sha256!: string;
  @ApiProperty({ type: 'integer' }) readonly first!: number;
  @ApiProperty({ type: 'integer' }) readonly count!: number;
  @ApiProperty(time) readonly last_time!: string;
}

export class ArchiveDto implements ArchiveAnswer {
  /** Null where no archive is configured. */
  @ApiProperty(nullable({ type: String })) readonly location!: string | null;
  @ApiProperty({ enum: [...archiveStates, 'off'] }) readonly state!: ArchiveAnswer['state'];
  @ApiProperty(nullable({ type: ArchiveFaultDto })) readonly fault!: ArchiveFaultDto | null;
  @ApiProperty(nullable(logPosition)) readonly archived_position!: string | null;
  @ApiProperty({ type: 'integer' }) readonly archived_events!: number;
  @ApiProperty({ type: 'integer' }) readonly checkpoint_events!: number;
  @ApiProperty({ type: 'integer' }) readonly lag_events!: number;
  @ApiProperty(nullable({ type: ArchivedSegmentDto })) readonly last_segment!: ArchivedSegmentDto | null;
}
