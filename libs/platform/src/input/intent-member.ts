import { intentIdPattern, modelPattern, riskLevels, type ActionIntentV1 } from '@interlock/contracts';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsEntity, IsName, IsTenant, IsTimestamp } from '../base/names.js';

/** The members of a published intent, and the trace context that comes with it. */
export type IntentMemberName = keyof ActionIntentV1 | 'traceparent';

const isFinite = (): PropertyDecorator => IsNumber({ allowNaN: false, allowInfinity: false });
const isText = (most: number): readonly PropertyDecorator[] => [IsString(), IsNotEmpty(), MaxLength(most)];
const isPrintable = (pattern: RegExp): PropertyDecorator =>
  Matches(pattern, { message: ({ property }) => `${property} must be 1 to 128 printable characters` });

const rules: { readonly [member in IntentMemberName]: readonly PropertyDecorator[] } = {
  intent_id: [isPrintable(intentIdPattern)],
  tenant_id: [IsTenant()],
  account_id: [IsName()],
  agent: [IsName()],
  agent_model: [isPrintable(modelPattern)],
  agent_model_version: [isPrintable(modelPattern)],
  action_type: [IsName()],
  entity_id: [IsEntity()],
  parameters: [IsObject()],
  affected_entity_count: [IsInt(), Min(0), Max(1_000_000_000)],
  confidence_score: [isFinite(), Min(0), Max(1)],
  risk_level: [IsIn(riskLevels)],
  lifecycle_state: isText(64),
  external_contact: [IsBoolean()],
  trigger_type: [IsName()],
  incident_id: isText(128),
  estimated_cost: [isFinite(), Min(0)],
  estimated_compute: [isFinite(), Min(0)],
  not_after: [IsTimestamp()],
  requested_by: isText(256),
  dry_run: [IsBoolean()],
  traceparent: [
    Matches(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, {
      message: 'traceparent must be a W3C trace context',
    }),
  ],
};

/**
 * Validates a member of an intent by its published rule, whichever message carries it. The name of
 * the property selects the rule. `IfGiven` makes the member optional.
 */
export const IntentMember =
  () =>
  (target: object, property: IntentMemberName): void => {
    for (const rule of rules[property]) rule(target, property);
  };
