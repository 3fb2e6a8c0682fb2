import type { ExpectedChange } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import { isNetworkState } from './embedding.js';
import { isKpiValue } from './kpis.js';

/**
 * True for the change of KPIs that a network model expects: finite KPIs by name before and after,
 * and a share of the limits of at least 0.
 */
export const isExpectedChange = (value: unknown): value is ExpectedChange => {
  if (!isObject(value) || !isNetworkState(value['before']) || !isNetworkState(value['after'])) return false;
  const use = value['limit_use'];
  return isKpiValue(use) && use >= 0;
};
