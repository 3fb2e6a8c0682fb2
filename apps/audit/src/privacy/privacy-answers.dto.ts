import { logPosition, nullable, pageOf, time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';
import type { Erased } from './erasures.js';

/** Who a person is. */
export class KnownPersonDto {
  @ApiProperty({ format: 'uuid' }) readonly person_id!: string;
  @ApiProperty() readonly subject!: string;
  @ApiProperty(time) readonly created_at!: string;
}

export class PeoplePageDto extends pageOf(KnownPersonDto) {}

export class ErasureDto implements Erased {
  @ApiProperty({ format: 'uuid' }) readonly person_id!: string;
  @ApiProperty({ enum: ['now', 'before'] }) readonly erased!: 'now' | 'before';
  @ApiProperty(time) readonly erased_at!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}
