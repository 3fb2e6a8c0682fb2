import { namePattern, type ExpectedChange } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';

const mostKpis = 50;
const largest = 1e12;

const isKpis = (value: unknown): boolean =>
  isObject(value) &&
  Object.keys(value).length <= mostKpis &&
  Object.entries(value).every(
    ([kpi, one]) => namePattern.test(kpi) && typeof one === 'number' && Math.abs(one) <= largest,
  );

/**
 * True for the change of KPIs that a network model expects: finite KPIs by name before and after,
 * and a share of the limits of at least 0.
 */
export const isExpectedChange = (value: unknown): value is ExpectedChange => {
  if (!isObject(value) || !isKpis(value['before']) || !isKpis(value['after'])) return false;
  const use = value['limit_use'];
  return typeof use === 'number' && use >= 0 && use <= largest;
};
