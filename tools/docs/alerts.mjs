import { defaultFigures, isReported, rules } from '@interlock/alerting';

import { readData } from '../deploy/read.mjs';

/**
 * The alert rules of Prometheus that alerting does not know.
 * @returns {{ alert: string, expr: string, for?: string, labels: { severity: string } }[]}
 */
const platformRules = () =>
  readData('deploy/prometheus/alerts.yml')
    .groups.flatMap((group) => group.rules)
    .filter(({ alert }) => rules.every(({ name }) => name !== alert));

const row = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** `docs/runbooks/README.md`: every alert, from the table of rules. */
export const renderAlerts = () =>
  [
    '# Runbooks of the alerts',
    '',
    'Generated from the rules in `libs/alerting/src/rules` by `node tools/docs.mjs`; do not edit. The figures are configuration: [configuration](../configuration.md#alerting) has the variables.',
    '',
    row(['alert', 'when', 'worst severity', 'judged by', 'figures']),
    row(['---', '---', '---', '---', '---']),
    ...rules.map((rule) =>
      row([
        `[${rule.name}](${rule.name}.md)`,
        rule.condition,
        rule.severity,
        isReported(rule)
          ? 'the service that it is about'
          : Object.entries(rule.events)
              .map(
                ([category, types]) =>
                  `\`${category}\` (${types.length} event ${types.length === 1 ? 'type' : 'types'})`,
              )
              .join(', '),
        rule.figures.map((name) => `\`${name}\` ${defaultFigures[name]}`).join(', '),
      ]),
    ),
    '',
    'Prometheus has rules of the same names and severities in `deploy/prometheus/alerts.yml`. It has these of its own, for the platform itself:',
    '',
    row(['alert', 'severity', 'for', 'expression']),
    row(['---', '---', '---', '---']),
    ...platformRules().map(({ alert, expr, labels, for: since = '0 s' }) =>
      row([`[${alert}](${alert}.md)`, labels.severity, since, `\`${expr.trim().replaceAll(/\s+/g, ' ')}\``]),
    ),
    '',
  ].join('\n');
