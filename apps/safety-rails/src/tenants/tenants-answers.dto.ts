import type { Credential, TenantStatus } from '@interlock/rails';
import { logPosition, nullable } from '@interlock/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class RegisteredCredentialDto implements Credential {
  @ApiProperty({ type: [String] }) readonly agents!: readonly string[];
  @ApiProperty({ type: [String] }) readonly accounts!: readonly string[];
  /** Signals that it reports; `*` is any, absent is none. */
  @ApiPropertyOptional({ type: [String] }) readonly signals?: readonly string[];
  /** Action types whose requests a user of the bus hears and answers. */
  @ApiPropertyOptional({ type: [String] }) readonly handlers?: readonly string[];
  @ApiProperty() readonly credential!: string;
  @ApiProperty(nullable({ type: String })) readonly public_key!: string | null;
}

export class TenantDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty({ enum: ['unknown', 'active', 'suspended', 'removed'] }) readonly status!: TenantStatus;
  @ApiProperty({ type: [RegisteredCredentialDto] }) readonly credentials!: readonly RegisteredCredentialDto[];
}

export class TenantListDto {
  @ApiProperty({ type: [TenantDto] }) readonly items!: readonly TenantDto[];
}

export class WrittenTenantDto extends TenantDto {
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}
