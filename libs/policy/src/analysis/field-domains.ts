import { postureLevels, riskLevels } from '@interlock/contracts';
import type { Domain } from './cells.js';
import type { World } from './space.js';
import type { FieldCatalogue } from '../condition/field.js';

const share: Domain = { min: 0, max: 1 };
const amount: Domain = { min: 0 };

/**
 * The values that fields of every evaluation can have. INVARIANT: these are only limits that the
 * evaluator enforces, because the analysis assumes that no other value occurs.
 */
export const contextDomains: { readonly [field: string]: Domain } = {
  affected_entity_count: { integer: true, min: 0, max: 1_000_000_000 },
  confidence_score: share,
  confidence: share,
  estimated_cost: amount,
  estimated_compute: amount,
  risk_score: { min: 1, max: 99 },
  risk_level: { values: riskLevels },
  basis: { values: ['memory', 'model', 'heuristic', 'no_effect'] },
  posture: { values: postureLevels },
  'time.hour': { integer: true, min: 0, max: 23 },
  'time.weekday': { values: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] },
};

/** Facts about a tenant's requests that hold without any rule. */
export const worldOf = (catalogue: FieldCatalogue): World & { readonly catalogue: FieldCatalogue } => ({
  catalogue,
  domains: contextDomains,
});
