import { namePattern, tenantPattern } from '@interlock/contracts';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsString,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { IfGiven } from '@interlock/platform';

const orAny = new RegExp(`^\\*$|${namePattern.source}`);

export class CreateTenantDto {
  @Matches(tenantPattern, { message: 'name must be a tenant name' }) name!: string;
}

export class CredentialDto {
  /**
   * `bus`: a user of the bus, named `<tenant>.<name>`. `service` or `person`: the subject of a
   * token.
   */
  @IsIn(['bus', 'service', 'person']) kind!: 'bus' | 'service' | 'person';
  @IsString() @MinLength(1) @MaxLength(256) name!: string;
  /** Agents that the credential may name. `*`: any. */
  @IsArray()
  @ArrayUnique()
  @ArrayMaxSize(256)
  @Matches(orAny, { each: true, message: 'agents must be names, or *' })
  agents!: string[];
  /** Accounts that the credential may name. `*`: any. */
  @IsArray()
  @ArrayUnique()
  @ArrayMaxSize(256)
  @Matches(orAny, { each: true, message: 'accounts must be names, or *' })
  accounts!: string[];
  /** Signals that the credential may report. `*`: any. Absent: none. */
  @IfGiven()
  @IsArray()
  @ArrayUnique()
  @ArrayMaxSize(16)
  @Matches(/^(?:\*|[a-z][a-z0-9_]{0,62})$/, { each: true, message: 'signals must be names of signals, or *' })
  signals?: string[];
  /** Action types that a user of the bus handles. `*`: any. Absent: none. */
  @IfGiven()
  @IsArray()
  @ArrayUnique()
  @ArrayMaxSize(64)
  @Matches(orAny, { each: true, message: 'handlers must be names of action types, or *' })
  handlers?: string[];
  /** The public part of the nkey with which a user of the bus proves its identity. */
  @IfGiven()
  @Matches(/^U[A-Z2-7]{55}$/, { message: 'public_key must be the public key of an nkey user' })
  public_key?: string;
}

export class RevokeDto {
  @IsIn(['bus', 'service', 'person']) kind!: 'bus' | 'service' | 'person';
  @IsString() @MinLength(1) @MaxLength(256) name!: string;
}
