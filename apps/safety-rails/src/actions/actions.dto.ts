import { actionStates, type ActionStateName, type Timestamp } from '@interlock/contracts';
import { verdicts, type Verdict } from '@interlock/kernel';
import { feedbackVerdicts, gateNames, type FeedbackVerdict, type GateName } from '@interlock/rails';
import { IsIn, IsNumber, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { IfGiven, IntentMember, IsEntity, IsTimestamp, PageQuery } from '@interlock/platform';

const uuidPrefix =
  /^(?:[0-9a-f]{1,8}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){0,2}[0-9a-f]{0,4}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{0,12})$/;

const uuid = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}';
const uuidList = new RegExp(`^${uuid}(?:,${uuid}){0,49}$`);

/** The problems with which a confirmation or an approval is refused. */
export const consentProblems = [
  'action-not-found',
  'person-required',
  'wrong-state',
  'same-person',
  'digest-required',
  'approval-mismatch',
] as const;

export class ListActionsQuery extends PageQuery {
  @IfGiven() @IsIn(actionStates) state?: ActionStateName;
  @IfGiven() @IntentMember() action_type?: string;
  @IfGiven() @IntentMember() entity_id?: string;
  /** The beginning of an entity. */
  @IfGiven() @IsEntity() entity_prefix?: string;
  @IfGiven() @IntentMember() agent?: string;
  @IfGiven() @IntentMember() account_id?: string;
  /** Only actions that this gate judged: with `verdict`, or with any other than `pass`. */
  @IfGiven() @IsIn(gateNames) gate?: GateName;
  /** Only actions to which the gate, or any gate, last gave this verdict. */
  @IfGiven() @IsIn(verdicts) verdict?: Verdict;
  @IfGiven() @IntentMember() intent_id?: string;
  /** Only these actions: up to 50 ids, separated by commas. */
  @IfGiven()
  @Matches(uuidList, { message: 'ids must be 1 to 50 UUIDs in lower case, with commas between' })
  ids?: string;
  /** The beginning of an action's id. */
  @IfGiven()
  @Matches(uuidPrefix, { message: 'action_id_prefix must be the beginning of a UUID, in lower case' })
  action_id_prefix?: string;
  /** Only actions that have not ended, or only those that have. */
  @IfGiven() @IsIn(['true', 'false']) open?: 'true' | 'false';
  /** Only dry runs, or only real actions. */
  @IfGiven() @IsIn(['true', 'false']) dry_run?: 'true' | 'false';
  @IfGiven() @IsTimestamp() since?: Timestamp;
  @IfGiven() @IsTimestamp() until?: Timestamp;
}

export class DecisionDto {
  /**
   * The digest from the action's `approval` or `window` that the caller has read. `approve` and
   * `confirm` are refused without it, and if it is not the current one.
   */
  @IfGiven()
  @Matches(/^[0-9a-f]{64}$/, { message: 'digest must be 64 hexadecimal digits' })
  digest?: string;
  @IfGiven() @IsString() @MaxLength(2000) comment?: string;
}

export class GiveFeedbackDto {
  @IsIn(feedbackVerdicts) verdict!: FeedbackVerdict;
  @IfGiven() @IsString() @MaxLength(2000) comment?: string;
}

export class ExtendDto {
  @IsNumber() @Min(1) @Max(3600) seconds!: number;
}
