import { defaultFigures, isTold, rules } from '@interlock/alerting';

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
        isTold(rule)
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
    'Prometheus has rules of the same names and severities in `deploy/prometheus/alerts.yml`. Its other alerts stand in [operating](../operating.md).',
    '',
  ].join('\n');
