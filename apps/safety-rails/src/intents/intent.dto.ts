import {
  intentIdPattern,
  type ActionIntentV1,
  type JsonObject,
  type RiskLevel,
  type Timestamp,
  type Violation,
} from '@interlock/contracts';
import { pointerPart, utc } from '@interlock/kernel';
import {
  IfGiven,
  IntentMember,
  depthLimit,
  faultsOf,
  inputFaults,
  isDeeperThan,
  refusedInput,
  withoutRefusedNames,
  type Input,
  IsTimestamp,
} from '@interlock/platform';
import { Equals, IsNotEmpty, IsObject, IsString, Matches, MaxLength } from 'class-validator';

const maxDepth = 16;
/** The largest number of unrepresentable numbers that are reported for one intent. */
const mostUnkept = 100;

export class ActionIntentDto {
  @IntentMember() intent_id!: string;
  @IntentMember() tenant_id!: string;
  @IntentMember() account_id!: string;
  @IntentMember() agent!: string;
  @IntentMember() action_type!: string;
  @IntentMember() entity_id!: string;
  @IntentMember() parameters!: JsonObject;
  @IntentMember() affected_entity_count!: number;
  @IntentMember() confidence_score!: number;
  @IfGiven() @IntentMember() agent_model?: string;
  @IfGiven() @IntentMember() agent_model_version?: string;
  @IfGiven() @IntentMember() risk_level?: RiskLevel;
  @IfGiven() @IntentMember() lifecycle_state?: string;
  @IfGiven() @IntentMember() external_contact?: boolean;
  @IfGiven() @IntentMember() trigger_type?: string;
  @IfGiven() @IntentMember() incident_id?: string;
  @IfGiven() @IntentMember() estimated_cost?: number;
  @IfGiven() @IntentMember() estimated_compute?: number;
  @IfGiven() @IntentMember() not_after?: Timestamp;
  @IfGiven() @IntentMember() requested_by?: string;
  @IfGiven() @IntentMember() dry_run?: boolean;
  @IfGiven() @IntentMember() traceparent?: string;
}

class IntentCloudEventDto {
  @Equals('1.0') specversion!: '1.0';
  @Equals('interlock.action_intent.v1') type!: 'interlock.action_intent.v1';
  @IsString() @IsNotEmpty() @MaxLength(256) source!: string;
  @Matches(intentIdPattern, { message: 'id must be 1 to 128 printable characters' }) id!: string;
  @IfGiven() @IsTimestamp() time?: Timestamp;
  @IfGiven()
  @Matches(/^application\/json\s*(?:;.*)?$/i, { message: 'datacontenttype must be application/json' })
  datacontenttype?: string;
  @IsObject() data!: object;
}

const depthOf = (value: unknown, limit: number): number => {
  if (typeof value !== 'object' || value === null || limit === 0) return 0;
  return 1 + Math.max(0, ...Object.values(value).map((member) => depthOf(member, limit - 1)));
};

const checked = <T extends object>(
  Class: new () => T,
  raw: object,
  strict: boolean,
): { readonly value: T; readonly violations: readonly Violation[] } => {
  // These DTOs are flat and parameters stay unchanged, so assigning the members is enough.
  const value = Object.assign(new Class(), raw);
  return { value, violations: faultsOf(value, { strict }) };
};

const isRecord = (raw: unknown): raw is { readonly [name: string]: unknown } =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw);
const merged = (violations: readonly Violation[], more: readonly Violation[]): readonly Violation[] => {
  const known = new Set(violations.map(({ pointer }) => pointer));
  return [...violations, ...more.filter(({ pointer }) => !known.has(pointer))];
};
/** Returns violations for larger integers, because the log does not return them unchanged. */
const unkept = (value: unknown, pointer: string, deepest = maxDepth): readonly Violation[] => {
  if (typeof value === 'number')
    return !Number.isInteger(value) || Number.isSafeInteger(value)
      ? []
      : [{ pointer, detail: 'must be a whole number up to 9007199254740991, or a text' }];
  if (typeof value !== 'object' || value === null || deepest < 0) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    unkept(member, `${pointer}/${pointerPart(name)}`, deepest - 1),
  );
};

/**
 * Returns the value to check. Throws if it nests too deep, because nothing in it is then checked.
 */
const checkedDepth = (raw: unknown, faults: readonly Violation[], what: string): unknown => {
  if (isDeeperThan(raw, depthLimit)) throw refusedInput(what, faults);
  return withoutRefusedNames(raw);
};

/**
 * The members of a checked intent. A member of the published intent that `ActionIntentDto` lacks
 * does not compile.
 */
type IntentMembers = Pick<ActionIntentDto, keyof ActionIntentV1 | 'traceparent'>;

export type ReadIntent = {
  readonly intent: ActionIntentV1;
  readonly requestedBy: string | null;
  readonly traceparent: string | null;
};
type Checked = { readonly violations: readonly Violation[]; readonly read: () => ReadIntent };

/**
 * Checks an intent without refusing it, for callers that name its violations with others. `read`
 * throws if there are any.
 */
export const checkIntent = (raw: unknown): Checked => {
  if (!isRecord(raw)) return { violations: [{ pointer: '', detail: 'must be an object' }], read: unread };
  const { value, violations } = checked(ActionIntentDto, raw, true);
  const deep =
    depthOf(raw['parameters'], maxDepth + 1) > maxDepth
      ? [{ pointer: '/parameters', detail: `must not be deeper than ${maxDepth} levels` }]
      : [];
  const read = (): ReadIntent => {
    const { requested_by: requestedBy, traceparent, parameters: _asInstance, ...rest }: IntentMembers = value;
    const present = Object.fromEntries(
      Object.entries(rest).filter(([, member]) => member !== undefined && member !== null),
    );
    const intent = {
      ...present,
      parameters: raw['parameters'] as JsonObject,
      ...(rest.not_after === undefined || rest.not_after === null ? {} : { not_after: utc(rest.not_after) }),
    } as unknown as ActionIntentV1;
    return { intent, requestedBy: requestedBy ?? null, traceparent: traceparent ?? null };
  };
  const more = unkept(raw, '').slice(0, mostUnkept);
  return { violations: [...merged(violations, more), ...deep], read };
};
const unread = (): never => {
  throw new Error('an intent with faults is not read');
};

/**
 * Reads an intent from outside, in the same way for HTTP, bus and RPC. `faults` are those of its
 * text, if it came as one. Throws `validation-failed` with every violation.
 */
export const readIntent = (raw: unknown, faults: readonly Violation[] = inputFaults(raw)): ReadIntent => {
  const { violations, read } = checkIntent(checkedDepth(raw, faults, 'the action intent'));
  const all = merged(faults, violations);
  if (all.length > 0) throw refusedInput('the action intent', all);
  return read();
};

/** `time` is null if the CloudEvent has none. */
export type ReadCloudEvent = ReadIntent & { readonly source: string; readonly time: Timestamp | null };

/**
 * Reads the CloudEvent of an intent; names its own faults and those of its data together. Throws
 * `validation-failed`.
 */
export const readIntentEvent = ({
  value: given,
  faults,
}: Pick<Input, 'value' | 'faults'>): ReadCloudEvent => {
  const raw = checkedDepth(given, faults, 'the CloudEvent');
  if (!isRecord(raw))
    throw refusedInput('the CloudEvent', merged(faults, [{ pointer: '', detail: 'must be an object' }]));
  const { value, violations } = checked(IntentCloudEventDto, raw, false);
  const { violations: ofData, read } = checkIntent(raw['data']);
  const all = merged(
    faults,
    merged(
      violations,
      ofData.map((v) => ({ ...v, pointer: `/data${v.pointer}` })),
    ),
  );
  const other =
    ofData.length === 0 && value.id !== (raw['data'] as { readonly intent_id?: unknown }).intent_id
      ? [{ pointer: '/id', detail: 'must be the intent_id of the data' }]
      : [];
  if (all.length + other.length > 0) throw refusedInput('the CloudEvent', [...all, ...other]);
  const intent = read();
  return {
    ...intent,
    source: value.source,
    time: value.time === undefined ? null : utc(value.time),
    traceparent: typeof raw['traceparent'] === 'string' ? raw['traceparent'] : intent.traceparent,
  };
};
