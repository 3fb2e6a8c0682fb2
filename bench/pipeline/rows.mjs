import { quantile, row } from '../report.mjs';
import { mostOf } from './budget.mjs';
import { kinds } from './load.mjs';

const cpuBars = { denied: 60, 'dry-run': 90, devices: 900 };
const durableBars = { denied: 1.6, 'dry-run': 1.2 };

export const throughputRows = (
  { kind, perSecond, drained, appends, cpuMs },
  { raw, appendCpuMs, durable },
) => {
  const title = `P3 ${kinds[kind].title}`;
  return [
    row(title, perSecond, '/s'),
    row(`${title}: all that follows handled`, drained, '/s'),
    row(`${title}: appends of one`, appends, 'appends'),
    row(`${title}: of raw appends`, perSecond / (raw / appends), 'ratio', { least: 0.15 }),
    row(`${title}: CPU of one`, cpuMs, 'ms'),
    row(`${title}: CPU of one, in appends`, cpuMs / appendCpuMs, 'appends', { most: cpuBars[kind] }),
    ...(durable?.[kind] === undefined
      ? []
      : [
          row(`${title}: durable workflows of as many steps`, durable[kind].perSecond, '/s'),
          row(`${title}: of durable workflows`, perSecond / durable[kind].perSecond, 'ratio', {
            least: durableBars[kind],
          }),
        ]),
  ];
};

export const overloadRows = (
  { kind, offered, decidedPerSecond, slowest, accepted, awaited, memoryGrowth },
  p3,
) => {
  const title = `P3b ${kinds[kind].title}, three times as many offered`;
  return [
    row(`${title}: offered`, offered, 'intents'),
    row(`${title}: decided meanwhile`, decidedPerSecond, '/s'),
    row(`${title}: of P3`, decidedPerSecond / p3, 'ratio', { least: 0.9 }),
    ...(Number.isFinite(slowest) ? [row(`${title}: of P3, the slowest 10 s`, slowest / p3, 'ratio')] : []),
    row(`${title}: lost`, offered - accepted, 'intents', { most: 0 }),
    row(`${title}: waits for a service`, awaited, 'events', { most: 0 }),
    row(`${title}: memory at the end, of that after a third`, memoryGrowth, 'ratio', { most: 1.2 }),
  ];
};

export const latencyRows = (title, times, oneAppend, durable) => {
  const p50 = quantile(times, 0.5);
  const p99 = quantile(times, 0.99);
  return [
    row(`P4 ${title}: p50`, p50, 'ms'),
    row(`P4 ${title}: p50 in appends`, p50 / oneAppend, 'appends', { most: 10 }),
    ...(durable === undefined
      ? []
      : [
          row(`P4 ${title}: p50 of a durable workflow's`, p50 / quantile(durable, 0.5), 'ratio', { most: 1 }),
        ]),
    row(`P4 ${title}: p99`, p99, 'ms'),
    row(`P4 ${title}: p99 of p50`, p99 / p50, 'ratio', { most: 5 }),
  ];
};

/**
 * The cost of one decision by part, in milliseconds and in appends; the bar is the budget's limit,
 * if there is one.
 */
export const partRows = ({ kind, parts }, appendCpuMs, budget) => {
  const title = `P3 ${kinds[kind].title}`;
  return [...parts].flatMap(([part, ms]) => [
    row(`${title}: CPU of ${part}`, ms, 'ms'),
    row(
      `${title}: CPU of ${part}, in appends`,
      ms / appendCpuMs,
      'appends',
      budget?.kinds[kind] === undefined
        ? undefined
        : { most: mostOf(budget.kinds[kind][part] ?? 0, budget.noise) },
    ),
  ]);
};
