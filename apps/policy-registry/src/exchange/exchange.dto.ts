import { TenantScoped } from '@interlock/platform';
import { signatureAlgorithms, type SignatureAlgorithm } from '@interlock/policy';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
} from 'class-validator';

export class ExportQuery extends TenantScoped {
  /** The number of hours after which the file can no longer be imported. */
  @IsOptional()
  @Matches(/^[1-9]\d{0,3}$/, { message: 'expires_in_h must be a whole number of hours' })
  expires_in_h?: string;
  /** An alias of `expires_in_h`, with the name that the signing settings use. */
  @IsOptional()
  @Matches(/^[1-9]\d{0,3}$/, { message: 'expiry_h must be a whole number of hours' })
  expiry_h?: string;
}

export class ImportQuery extends TenantScoped {
  /** The team of the new draft. If absent, the token's only team, or else the whole tenant. */
  @IsOptional() @IsString() @MaxLength(64) team?: string;
}

export class SigningDto {
  /**
   * The algorithms with which an imported file must be signed, each of them. If empty, a signature
   * with any known key suffices.
   */
  @IsArray()
  @ArrayMaxSize(signatureAlgorithms.length)
  @ArrayUnique()
  @IsIn(signatureAlgorithms, { each: true })
  demand!: SignatureAlgorithm[];
}
