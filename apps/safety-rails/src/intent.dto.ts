import { entityPattern, intentIdPattern, namePattern, riskLevels, tenantPattern, type ActionIntentV1, type JsonObject, type RiskLevel, type Timestamp, type Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { depthLimit, isDeeperThan, sealedLooking, unstorableText, violationsOf } from '@interlock/platform';
import { plainToInstance } from 'class-transformer';
import { Equals, IsBoolean, IsIn, IsInt, IsNotEmpty, IsNumber, IsObject, IsOptional, IsRFC3339, IsString, Matches, Max, MaxLength, Min, validateSync } from 'class-validator';

const maxDepth = 16;

export class ActionIntentDto {
  @Matches(intentIdPattern, { message: 'intent_id must be 1 to 128 printable characters' }) intent_id!: string;
  @Matches(tenantPattern, { message: 'tenant_id must be a tenant name' }) tenant_id!: string;
  @Matches(namePattern, { message: 'account_id must match ^[a-z0-9][a-z0-9_.-]{0,62}$' }) account_id!: string;
  @Matches(namePattern, { message: 'agent must match ^[a-z0-9][a-z0-9_.-]{0,62}$' }) agent!: string;
  @Matches(namePattern, { message: 'action_type must match ^[a-z0-9][a-z0-9_.-]{0,62}$' }) action_type!: string;
  @Matches(entityPattern, { message: 'entity_id must be 1 to 256 printable characters' }) entity_id!: string;
  @IsObject() parameters!: JsonObject;
  @IsInt() @Min(0) @Max(1_000_000_000) affected_entity_count!: number;
  @IsNumber({ allowNaN: false, allowInfinity: false }) @Min(0) @Max(1) confidence_score!: number;
  @IsOptional() @IsIn(riskLevels) risk_level?: RiskLevel;
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(64) lifecycle_state?: string;
  @IsOptional() @IsBoolean() external_contact?: boolean;
  @IsOptional() @Matches(namePattern, { message: 'trigger_type must match ^[a-z0-9][a-z0-9_.-]{0,62}$' }) trigger_type?: string;
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(128) incident_id?: string;
  @IsOptional() @IsNumber({ allowNaN: false, allowInfinity: false }) @Min(0) estimated_cost?: number;
  @IsOptional() @IsNumber({ allowNaN: false, allowInfinity: false }) @Min(0) estimated_compute?: number;
  @IsOptional() @IsRFC3339() not_after?: Timestamp;
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(256) requested_by?: string;
  @IsOptional() @IsBoolean() dry_run?: boolean;
  @IsOptional() @Matches(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, { message: 'traceparent must be a W3C trace context' }) traceparent?: string;
}

class IntentCloudEventDto {
  @Equals('1.0') specversion!: '1.0';
  @Equals('interlock.action_intent.v1') type!: 'interlock.action_intent.v1';
  @IsString() @IsNotEmpty() @MaxLength(256) source!: string;
  @Matches(intentIdPattern, { message: 'id must be 1 to 128 printable characters' }) id!: string;
  @IsRFC3339() time!: Timestamp;
  @Equals('application/json') datacontenttype!: 'application/json';
  @IsObject() data!: object;
}

const depthOf = (value: unknown, limit: number): number => {
  if (typeof value !== 'object' || value === null || limit === 0) return 0;
  return 1 + Math.max(0, ...Object.values(value).map((member) => depthOf(member, limit - 1)));
};

const faultsOf = <T extends object>(Class: new () => T, raw: object, strict: boolean): { readonly value: T; readonly violations: readonly Violation[] } => {
  const value = plainToInstance(Class, raw);
  return { value, violations: violationsOf(validateSync(value, { whitelist: strict, forbidNonWhitelisted: strict, validationError: { target: false, value: false } })) };
};

const isRecord = (raw: unknown): raw is { readonly [name: string]: unknown } => typeof raw === 'object' && raw !== null && !Array.isArray(raw);
/** RFC 3339 has times that no clock here can hold, such as a leap second. */
const untimely = (value: unknown, pointer: string): readonly Violation[] =>
  typeof value === 'string' && Number.isNaN(Date.parse(value)) ? [{ pointer, detail: 'must be a time that exists in UTC without leap seconds' }] : [];
const merged = (violations: readonly Violation[], more: readonly Violation[]): readonly Violation[] => [...violations, ...more.filter((one) => !violations.some((known) => known.pointer === one.pointer))];
const utc = (time: Timestamp): Timestamp => new Date(time).toISOString();

/** What nobody here can keep or even look through: nesting beyond all bounds, text that no read model takes. Looked for before anything else. */
const refuseUnkeepable = (raw: unknown, what: string): void => {
  if (isDeeperThan(raw, depthLimit)) throw new ProblemError('validation-failed', `${what} nests too deep`, { violations: [{ pointer: '', detail: `must not nest deeper than ${depthLimit} levels` }] });
  const violations = unstorableText(raw);
  if (violations.length > 0) throw new ProblemError('validation-failed', `${what} holds text that can not be stored`, { violations });
  const sealed = sealedLooking(raw);
  if (sealed.length > 0) throw new ProblemError('validation-failed', `${what} holds text that was sealed for a person`, { violations: sealed });
};

export type ReadIntent = { readonly intent: ActionIntentV1; readonly requestedBy: string | null; readonly traceparent: string | null };

/** Reads an intent from outside, the one way for HTTP, bus and RPC; throws `validation-failed` naming every violation. */
export const readIntent = (raw: unknown, prefix = ''): ReadIntent => {
  if (prefix === '') refuseUnkeepable(raw, 'the action intent');
  if (!isRecord(raw)) throw new ProblemError('validation-failed', 'an action intent is a JSON object', { violations: [{ pointer: prefix, detail: 'must be an object' }] });
  const { value, violations } = faultsOf(ActionIntentDto, raw, true);
  const deep = depthOf(raw['parameters'], maxDepth + 1) > maxDepth ? [{ pointer: '/parameters', detail: `must not be deeper than ${maxDepth} levels` }] : [];
  const all = [...merged(violations, untimely(raw['not_after'], '/not_after')), ...deep].map((v) => ({ ...v, pointer: `${prefix}${v.pointer}` }));
  if (all.length > 0) throw new ProblemError('validation-failed', `the action intent has ${all.length} ${all.length === 1 ? 'fault' : 'faults'}`, { violations: all });
  const { requested_by: requestedBy, traceparent, parameters: _asInstance, ...rest } = value;
  const present = Object.fromEntries(Object.entries(rest).filter(([, member]) => member !== undefined && member !== null));
  const intent = {
    ...present, parameters: raw['parameters'] as JsonObject, ...(rest.not_after === undefined || rest.not_after === null ? {} : { not_after: utc(rest.not_after) }),
  } as unknown as ActionIntentV1;
  return { intent, requestedBy: requestedBy ?? null, traceparent: traceparent ?? null };
};

export type ReadCloudEvent = ReadIntent & { readonly source: string; readonly time: Timestamp };

/** Reads the CloudEvent of an intent; its own faults and those of its data are named together. */
export const readIntentEvent = (raw: unknown): ReadCloudEvent => {
  refuseUnkeepable(raw, 'the CloudEvent');
  if (!isRecord(raw)) throw new ProblemError('validation-failed', 'a CloudEvent is a JSON object', { violations: [{ pointer: '', detail: 'must be an object' }] });
  const { value, violations } = faultsOf(IntentCloudEventDto, raw, false);
  const problems: Violation[] = [...merged(violations, untimely(raw['time'], '/time'))];
  let read: ReadIntent | undefined;
  try {
    read = readIntent(raw['data'], '/data');
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    problems.push(...error.violations.filter((v) => !problems.some((p) => p.pointer === v.pointer)));
  }
  if (read !== undefined && value.id !== read.intent.intent_id) problems.push({ pointer: '/id', detail: 'must be the intent_id of the data' });
  if (problems.length > 0 || read === undefined) {
    throw new ProblemError('validation-failed', `the CloudEvent has ${problems.length} ${problems.length === 1 ? 'fault' : 'faults'}`, { violations: problems });
  }
  const traceparent = typeof raw['traceparent'] === 'string' ? raw['traceparent'] : read.traceparent;
  return { ...read, source: value.source, time: utc(value.time), traceparent };
};
