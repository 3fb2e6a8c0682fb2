import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { catalogue } from '../docs/events.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = readFileSync(`${root}docs/AUDITOR_MAPPING.md`, 'utf8');

type Command = { readonly name: string; readonly commands?: readonly Command[] };
const tree = JSON.parse(readFileSync(`${root}apps/cli/commands.json`, 'utf8')) as Command;
const isCommand = (line: string): boolean => {
  let at: Command | undefined = tree;
  for (const word of line.split(' ').slice(1)) at = at?.commands?.find(({ name }) => name === word);
  return at !== undefined && (at.commands ?? []).length === 0;
};
const events = new Set(catalogue().flatMap(({ types }) => types.map(({ type }) => type)));

/** The anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set(
    [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| requirement') && !line.startsWith('| ---'))
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | +\|$/g, '').trim()));

describe("the auditor's mapping", () => {
  it('answers every framework', () => {
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Ofcom', 'ICO', 'SOC 2', 'ISO 27001', 'EU AI Act']);
    for (const article of ['Art. 12', 'Art. 14', 'Art. 15', 'Art. 26'])
      expect(text).toContain(`| ${article}`);
  });

  it.each(rows.map((row) => [row[0]!, row] as const))(
    '%s names a command, events and a page that exist',
    (_, row) => {
      expect(row).toHaveLength(5);
      const [, , command = '', types = '', page = ''] = row;
      expect([command, isCommand(command.replaceAll('`', ''))]).toEqual([command, true]);
      const named = [...types.matchAll(/`(\w+)`/g)].map(([, type = '']) => type);
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((type) => !events.has(type))).toEqual([]);
      const [, file = '', anchor] = /\]\(([^)#]+)(?:#([^)]+))?\)/.exec(page) ?? [];
      const path = `${root}docs/${file}`;
      expect([file, existsSync(path)]).toEqual([file, true]);
      if (anchor !== undefined) expect([...anchorsOf(path)]).toContain(anchor);
    },
  );
});
