import { signatureAlgorithms, type PublicBundleKey } from '@interlock/policy';
import type { SigningView } from './exchange.service.js';
import { SigningKeyDto } from '../bundles/bundles-answers.dto.js';
import { nullable, streamRevision, time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';

export class SigningViewDto implements SigningView {
  @ApiProperty({ enum: signatureAlgorithms, isArray: true }) readonly demand!: readonly (
    'HMAC-SHA256' | 'Ed25519'
  )[];
  @ApiProperty({ type: [SigningKeyDto] }) readonly signs!: readonly SigningKeyDto[];
  @ApiProperty() readonly expiry_h!: number;
  @ApiProperty() readonly longest_h!: number;
  @ApiProperty(streamRevision) readonly revision!: string;
}

export class PublicBundleKeyDto implements PublicBundleKey {
  @ApiProperty() readonly id!: string;
  @ApiProperty({ enum: ['active', 'retired', 'revoked'] }) readonly state!: PublicBundleKey['state'];
  @ApiProperty(nullable(time)) readonly not_before!: string | null;
  @ApiProperty(nullable(time)) readonly retired_at!: string | null;
  @ApiProperty(nullable({ type: [String] })) readonly tenants!: readonly string[] | null;
  @ApiProperty({ enum: signatureAlgorithms }) readonly alg!: 'HMAC-SHA256' | 'Ed25519';
  @ApiProperty(nullable({ type: String })) readonly public_key!: string | null;
}

export class PublicKeysDto {
  @ApiProperty({ type: [PublicBundleKeyDto] }) readonly keys!: readonly PublicBundleKeyDto[];
}
