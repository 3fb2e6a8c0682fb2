import { metricFamilies } from '@interlock/contracts';

import { metricsOf, readData } from '../deploy/read.mjs';

type Recording = { groups: { rules: { record: string; expr: string }[] }[] };
export const recordings = (readData('deploy/prometheus/rules.yml') as Recording).groups.flatMap(
  ({ rules }) => rules,
);
export const recorded = new Set(recordings.map(({ record }) => record));

/** prom-client exports these of every process. */
const isOfProcess = (name: string): boolean => /^(?:process|nodejs)_/.test(name);

/** Names of expressions that no service and no rule exports. */
export function unknownMetrics(expressions: readonly string[]): string[] {
  const known = (name: string): boolean =>
    name === 'up' ||
    recorded.has(name) ||
    isOfProcess(name) ||
    name.replace(/_(?:count|sum|bucket)$/, '') in metricFamilies;
  return [...new Set(expressions.flatMap((expression) => metricsOf(expression)))].filter(
    (name) => !known(name),
  );
}
