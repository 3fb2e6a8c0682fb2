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

export class ExportQuery {
  /** Hours until the file can not be imported any more. */
  @IsOptional()
  @Matches(/^[1-9]\d{0,3}$/, { message: 'expires_in_h must be a whole number of hours' })
  expires_in_h?: string;
  /** The same, as it stands in the signing settings. */
  @IsOptional()
  @Matches(/^[1-9]\d{0,3}$/, { message: 'expiry_h must be a whole number of hours' })
  expiry_h?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class ImportQuery {
  /** Whose draft it is to be; left out: the token's only team, else the whole tenant's. */
  @IsOptional() @IsString() @MaxLength(64) team?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class SigningDto {
  /**
   * The algorithms of which each must have signed a file that is imported; none: any known key will
   * do.
   */
  @IsArray()
  @ArrayMaxSize(signatureAlgorithms.length)
  @ArrayUnique()
  @IsIn(signatureAlgorithms, { each: true })
  demand!: SignatureAlgorithm[];
}
