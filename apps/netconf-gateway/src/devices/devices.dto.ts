import { deviceTransports, type Coverage, type DeviceTransport } from '@interlock/network';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { IsEntity, IsName, PageQuery } from '@interlock/platform';

export class NeighbourDto {
  @IsEntity() cell_id!: string;
  @IsIn(['FULL', 'PARTIAL', 'NO']) coverage!: Coverage;
}

export class SliceDto {
  /**
   * The S-NSSAI as `<SST>` or `<SST>-<SD>`: a number to 255 and six hexadecimal digits, such as
   * `1-0000a1`. `<MCC><MNC>:` before it names the PLMN.
   */
  @IsString() @MinLength(1) @MaxLength(32) slice_id!: string;
  /** The RRM policies of the cell on the device that share its resources to the slice. */
  @IsArray() @ArrayMaxSize(64) @IsString({ each: true }) @MaxLength(256, { each: true }) policies!: string[];
  /**
   * The 5QIs of the slice's flows. While they are unknown or contain 1, 5 or 65 to 70, the shares
   * of its policies are not changed.
   */
  @IsOptional() @IsArray() @ArrayMaxSize(254) @IsInt({ each: true }) five_qis?: number[];
}

export class CellDto {
  @IsEntity() cell_id!: string;
  @IsArray()
  @ArrayMaxSize(256)
  @ValidateNested({ each: true })
  @Type(() => NeighbourDto)
  neighbours!: NeighbourDto[];
  /** The slices that the cell serves; absent or null if they are unknown. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @ValidateNested({ each: true })
  @Type(() => SliceDto)
  slices?: SliceDto[];
}

/** The settings of a device. The decider checks names, references and fingerprints. */
export class DeviceSettingsDto {
  @IsString() @MinLength(1) @MaxLength(253) host!: string;
  @IsInt() @Min(1) @Max(65_535) port!: number;
  @IsString() @MinLength(1) @MaxLength(64) username!: string;
  /**
   * A reference to one of the tenant's own secrets, as `env:NAME` or `file:PATH`. It is never the
   * secret itself.
   */
  @IsString() @MinLength(1) @MaxLength(512) credentials_ref!: string;
  @IsString() @MinLength(1) @MaxLength(128) host_key_fingerprint!: string;
  /**
   * The key that the device changes to. It is trusted beside the other key, until the device first
   * shows it.
   */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(128) next_host_key_fingerprint?: string | null;
  /**
   * Whether the device opens the connections (RFC 8071). It is then known by its host key, and
   * nothing is sent to `host` and `port`, which only name it.
   */
  @IsOptional() @IsBoolean() call_home?: boolean;
  /**
   * The protocol that NETCONF runs over; by default SSH. Over TLS (RFC 7589) the host key is the
   * public key of the device's certificate, and the secret is a client certificate with its key.
   */
  @IsOptional() @IsIn(deviceTransports) transport?: DeviceTransport;
  @IsName() profile: string = '3gpp';
  @IsName() site_id!: string;
  @IsArray() @ArrayMaxSize(1024) @ValidateNested({ each: true }) @Type(() => CellDto) cells!: CellDto[];
}

export class DeviceDto extends DeviceSettingsDto {
  @IsName() device_id!: string;
}

export class ReasonDto {
  @IsString() @Matches(/\S/, { message: 'reason must say something' }) @MaxLength(512) reason!: string;
}

export class ListDevicesQuery extends PageQuery {
  @IsOptional() @IsName() site_id?: string;
}

export class SamplesQuery extends PageQuery {
  @IsOptional() @IsString() @MaxLength(128) action_id?: string;
  @IsOptional() @IsEntity() entity_id?: string;
  @IsOptional() @IsName() kpi?: string;
}
