import { readFileSync } from 'node:fs';

import { bindings } from '@interlock/network';

const [begin, end] = ['<!-- generated from the files -->', '<!-- end -->'];

const cells = ({ name, file: { modules, module, classes, kpis, evidence } }) => {
  const others = Object.entries(modules).filter(([other]) => other !== module);
  const kpiCount = Object.keys(kpis).length;
  return [
    `\`${name}\`${others.map(([other, { revision }]) => `, \`${other}@${revision}\``).join('')}`,
    [...Object.keys(classes), ...(kpiCount === 0 ? [] : [`${kpiCount} KPIs`])].join(', '),
    `_${evidence.status}_`,
    evidence.by,
  ];
};

/** The table of the shipped bindings, in Prettier's layout. */
const table = () => {
  const rows = [['binding', 'places', 'shown by', 'with'], ...[...bindings.values()].map(cells)];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((text, i) => text.padEnd(widths[i])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
};

/**
 * The page about bindings, with its table made anew.
 * @param {string} file the page as it is
 */
export function renderBindings(file) {
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} does not mark its table`);
  return `${text.slice(0, from + begin.length)}\n\n${table()}\n\n${text.slice(to)}`;
}
