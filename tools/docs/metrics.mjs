import { metricFamilies } from '@interlock/contracts';

import { boardQueries, boards, unshown } from '../deploy/dashboards.mjs';
import { metricsOf } from '../deploy/read.mjs';

const row = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const of = (service) =>
  ({ every: 'every service', readers: 'every service with read models' })[service] ?? `\`${service}\``;

/** `docs/metrics.md`: every family, and the board that shows it. */
export const renderMetrics = () => {
  const shown = boardQueries().map(({ uid, expr }) => ({ uid, names: metricsOf(expr) }));
  const boardOf = (name) => {
    const suffixes = ['', '_count', '_sum', '_bucket'];
    const found = shown.find(({ names }) => suffixes.some((suffix) => names.includes(`${name}${suffix}`)));
    return found === undefined ? `none: ${unshown[name]}` : boards.find(({ uid }) => uid === found.uid).title;
  };
  return [
    '# Metrics',
    '',
    'Generated from `libs/contracts/src/values/metrics.ts` and `tools/deploy/dashboards.mjs` by `node tools/docs.mjs`; do not edit. [Operating](operating.md#check-health) says how to read them. Prometheus adds the label `service` to each.',
    '',
    'Histograms end with buckets that fit what they measure: 30 s for answers of services, 5 minutes for answers of devices and handlers, a day for actions, three days for people.',
    '',
    row(['metric', 'kind', 'exported by', 'labels', 'meaning', 'board']),
    row(['---', '---', '---', '---', '---', '---']),
    ...Object.entries(metricFamilies).map(([name, { kind, of: service, labels, help }]) =>
      row([
        `\`${name}\``,
        kind,
        of(service),
        labels.map((label) => `\`${label}\``).join(', '),
        help,
        boardOf(name),
      ]),
    ),
    '',
    'Each process also exports the standard metrics `process_*` and `nodejs_*` of prom-client. The board *Services and processes* shows CPU, memory, heap, event loop, garbage collection and file descriptors. The others are details of these.',
    '',
  ].join('\n');
};
