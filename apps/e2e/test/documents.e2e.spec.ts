import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere, until } from '@interlock/testing';
import { blocksOf, DocumentShell, type Block } from './document-shell.js';
import { folderOf, ofRunbook, prepared } from './documents-prepared.js';
import { Reader, type Prepared } from './documents-reader.js';
import { Network, site } from './network.js';
import { repository, Stack } from './stack.js';

// Runs every command of every document as printed, line by line, on a running Interlock with its
// demo. Only capitalised words, addresses and folders of the reader are replaced.

/** Documents whose blocks other suites run completely. */
const elsewhere = new Set([
  'docs/getting-started.md',
  'docs/integrating.md',
  'docs/python.md',
  'docs/POLICY_STUDIO.md',
  'docs/RUNBOOK_POLICY.md',
  'docs/RUNBOOK_POLICY_AUTOMATION.md',
]);
/** Single blocks that `integrating.e2e` runs. */
const runElsewhere = (document: string, { text }: Block): boolean =>
  (document === 'README.md' && text.includes('actions watch')) ||
  (document === 'docs/agents.md' && text.includes('mcp allow'));

const textOf = (document: string): string => readFileSync(join(repository, document), 'utf8');
const documents = globSync(
  ['*.md', 'docs/**/*.md', '{apps,clients,libs,deploy,fixtures}/*/README.md', 'examples/**/*.md'],
  {
    cwd: repository,
  },
)
  .toSorted()
  .filter(
    (document) =>
      !elsewhere.has(document) && !document.startsWith('docs/tutorials/') && /^```sh/m.test(textOf(document)),
  );
/** A block with this mark is not run here; the mark gives the reason. */
const mark = /^<!-- not run: (.+) -->\n\n?```sh/gm;
const markedLines = (text: string): readonly number[] =>
  [...text.matchAll(mark)].map((found) => text.slice(0, found.index + found[0].length).split('\n').length);
const stops = ({ text }: Block): boolean => text.includes('kill-switch engage');
const blocks = (document: string): readonly Block[] => {
  const text = textOf(document);
  const marked = markedLines(text);
  return blocksOf(text)
    .filter((block) => !marked.includes(block.line) && !runElsewhere(document, block))
    .toSorted((one, other) => Number(stops(one)) - Number(stops(other)));
};
/** Documents that affect the others come last. */
const order = [
  /^(?!docs\/operating|docs\/runbooks\/(?:kill_switch|policy_error_rate))/,
  /operating/,
  /policy_error_rate/,
  /./,
];
const toRun = order.flatMap((turn, i) =>
  documents.filter((document) => turn.test(document) && !order.slice(0, i).some((one) => one.test(document))),
);

const numbered = (first: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${first + i}`.padStart(3, '0'));
/**
 * The demo plays on the first four; the neighbours of the fourth have no room, so its failover is
 * rolled back. The plan of docs/plans.md has the next five.
 */
const stack = new Stack({
  args: [],
  devices: [
    ...numbered(101, 4).map((name, i) => site(name, i === 3 ? { neighbourUsers: 262 } : {})),
    ...numbered(1, 18).map((name) => site(name)),
  ],
});
const network = new Network(stack);
const spare = numbered(6, 13).map((name) => `cell-${name}-1`);

const missing = ['bash', 'curl', 'jq', 'script', 'openssl'].filter(
  (program) => spawnSync(program, ['--version']).error !== undefined,
);

const linesOf = ({ text }: Block): readonly string[] =>
  text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));

const needs = async (document: string, line: string, reader: Reader): Promise<Prepared> => {
  const table = document.startsWith('docs/runbooks/') ? ofRunbook : (prepared[document] ?? []);
  return (await table.find(([pattern]) => pattern.test(line))?.[1](reader)) ?? {};
};

/** The line in its reader's version. */
const written = (line: string, { words = {}, code = 0, asks }: Prepared): string => {
  const command = Object.entries(words).reduce(
    (text, [word, value]) =>
      /^[A-Z_]+$/.test(word)
        ? text.replaceAll(new RegExp(`(?<![A-Z_])${word}(?![A-Z_])`, 'g'), () => value)
        : text.replaceAll(word, () => value),
    line.replace(/\s+#.*$/, ''),
  );
  if (asks) return `printf 'y\\n' | script -qec "${command}" /dev/null`;
  if (code === 124) return `timeout --signal INT 4 ${command} || [ $? -eq 124 ]`;
  return code === 0 ? command : `${command} || [ $? -eq ${code} ]`;
};

it('every block of commands is run here or by another suite, or gives a reason', () => {
  for (const document of documents) {
    const text = textOf(document);
    expect([document, text.match(/^<!-- not run/gm)?.length ?? 0]).toEqual([
      document,
      markedLines(text).length,
    ]);
    expect([document, text.match(/^```(?:sh|bash|shell|console)\b/gm)?.length]).toEqual([
      document,
      blocksOf(text).length,
    ]);
  }
});

/** The long form, `npm run test:chaos`, has what operators do too. */
const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';
const now = toRun.filter((document) => isLong || !/^docs\/(?:runbooks|operating)/.test(document));

suiteWhere(describe, 'the commands of', missing, () => {
  beforeAll(async () => {
    await stack.start();
    await until(() => stack.output.includes('ROLLED_BACK'), 'the demo has played');
  });
  afterAll(() => stack.remove());

  describe.each(now.filter((document) => blocks(document).length > 0))('%s', (document) => {
    let reader: Reader;
    let shell: DocumentShell;
    beforeAll(() => {
      const folder = folderOf(stack, document);
      symlinkSync(stack.home, join(folder, '.interlock'));
      symlinkSync(join(repository, 'examples'), join(folder, 'examples'));
      reader = new Reader(stack, folder, network, spare);
      shell = new DocumentShell(folder, stack.home, { INTERLOCK_URL: stack.runtime.http, HOME: folder });
    });
    afterAll(() => shell.end());

    it.each(
      blocks(document).flatMap((block) => linesOf(block).map((line) => [block.line, line, block] as const)),
    )('line %i: %s', async (_, line, block) => {
      const { ok, output } = await shell.run({
        ...block,
        text: written(line, await needs(document, line, reader)),
      });
      expect(ok ? '' : output).toBe('');
    });
  });
});
