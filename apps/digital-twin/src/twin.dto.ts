import type { ExpectedChange, JsonObject, Timestamp } from '@interlock/contracts';
import { IfGiven, IntentMember, IsTenant, IsTimestamp } from '@interlock/platform';
import { isExpectedChange, isNetworkState, type NetworkState } from '@interlock/twin';
import { IsBoolean, IsString, Matches, MaxLength, ValidateBy } from 'class-validator';

const IsExpectedChange = (): PropertyDecorator =>
  ValidateBy({
    name: 'isExpectedChange',
    validator: {
      validate: isExpectedChange,
      defaultMessage: () =>
        'expected must have the KPIs `before` and `after` as numbers by name, and a `limit_use` of at least 0',
    },
  });

const IsNetworkState = (): PropertyDecorator =>
  ValidateBy({
    name: 'isNetworkState',
    validator: {
      validate: isNetworkState,
      defaultMessage: () => 'state must have at most 50 KPIs as numbers by name',
    },
  });

/** The action to predict, and the known circumstances. Only the first three fields are required. */
export class PredictBody {
  @IntentMember() action_type!: string;
  @IntentMember() entity_id!: string;
  @IntentMember() parameters!: JsonObject;
  @IfGiven() @IntentMember() affected_entity_count?: number;
  @IfGiven() @IntentMember() trigger_type?: string;
  @IfGiven() @IntentMember() incident_id?: string;
  /**
   * The change of the KPIs that a network model expects. The answer uses it if there is no trace.
   */
  @IfGiven() @IsExpectedChange() expected?: ExpectedChange;
  /** The present KPIs of the entity and its neighbours as a group, by name. */
  @IfGiven() @IsNetworkState() state?: NetworkState;
}

/** Over HTTP the tenant is the token's, or one that it allows. */
export class PredictDto extends PredictBody {
  @IfGiven() @IsTenant() tenant_id?: string;
  /** The time that the ages of traces are counted from; absent: now. */
  @IfGiven() @IsTimestamp() at?: Timestamp;
}

export class ForgetDto {
  /** The reason, for the record. It is sealed if a person wrote it. */
  @IsString() @Matches(/\S/, { message: 'reason must say something' }) @MaxLength(500) reason!: string;
}

export class PredictRpcDto extends PredictBody {
  @IsTenant() tenant_id!: string;
  @IsTimestamp() at!: Timestamp;
  @IfGiven() @IsBoolean() fresh?: boolean;
  @IfGiven() @IsBoolean() read_only?: boolean;
}
