import {
  entityPattern,
  namePattern,
  type ExpectedChange,
  type JsonObject,
  type Timestamp,
} from '@interlock/contracts';
import { isExpectedChange } from '@interlock/twin';
import {
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsRFC3339,
  IsString,
  Matches,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
} from 'class-validator';

const IsExpectedChange = (): PropertyDecorator =>
  ValidateBy({
    name: 'isExpectedChange',
    validator: {
      validate: isExpectedChange,
      defaultMessage: () =>
        'expected must have the KPIs `before` and `after` as numbers by name, and a `limit_use` of at least 0',
    },
  });

/** The action to predict, and the known circumstances. Only the first three fields are required. */
export class PredictBody {
  @Matches(namePattern, { message: 'action_type must be a name' }) action_type!: string;
  @Matches(entityPattern, { message: 'entity_id must be 1 to 256 printable characters' }) entity_id!: string;
  @IsObject() parameters!: JsonObject;
  @IsOptional() @IsInt() @Min(0) affected_entity_count?: number;
  @IsOptional() @IsString() @MinLength(1) @MaxLength(128) trigger_type?: string;
  @IsOptional() @IsString() @MinLength(1) @MaxLength(128) incident_id?: string;
  /**
   * The change of the KPIs that a network model expects. The answer uses it if there is no trace.
   */
  @IsOptional() @IsExpectedChange() expected?: ExpectedChange;
}

/** Over HTTP the tenant is the token's, or one that it allows. */
export class PredictDto extends PredictBody {
  @IsOptional()
  @Matches(/^(?:_system|[a-z0-9][a-z0-9_-]{0,62})$/, { message: "tenant_id must be a tenant's name" })
  tenant_id?: string;
  /** The time that the ages of traces are counted from; absent: now. */
  @IsOptional() @IsRFC3339() at?: Timestamp;
}

export class ForgetDto {
  /** The reason, for the record. It is sealed if a person wrote it. */
  @IsString() @Matches(/\S/, { message: 'reason must say something' }) @MaxLength(500) reason!: string;
}

export class PredictRpcDto extends PredictBody {
  @Matches(/^(?:_system|[a-z0-9][a-z0-9_-]{0,62})$/, { message: "tenant_id must be a tenant's name" })
  tenant_id!: string;
  @IsRFC3339() at!: Timestamp;
  @IsOptional() @IsBoolean() fresh?: boolean;
  @IsOptional() @IsBoolean() read_only?: boolean;
}
