import {
  bundleHash,
  diffBundles,
  semanticDiff,
  type BundleDiff,
  type FieldChange,
  type SemanticDiff,
} from '@interlock/policy';
import { print } from '../../connection/session.js';
import { catalogueOptions, knownActionTypes, readBundle, type Named } from './files.js';
import { act } from '../../program/declare.js';

type Differences = BundleDiff & { readonly semantic: SemanticDiff };

const fieldLine = (indent: string, { field, from, to }: FieldChange): string =>
  `${indent}${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`;

const tell = (
  names: readonly [string, string],
  { added, removed, changes, unchanged, fields, semantic }: Differences,
): void => {
  print(`${names[0]} → ${names[1]}`);
  for (const id of removed) print(`- ${id}`);
  for (const id of added) print(`+ ${id}`);
  for (const { rule_id, fields: changed } of changes)
    print([`~ ${rule_id}`, ...changed.map((one) => fieldLine('    ', one))].join('\n'));
  for (const one of fields) print(fieldLine('~ ', one));
  print(
    `${added.length} added, ${removed.length} removed, ${changes.length} modified, ${unchanged.length} unchanged`,
  );
  if (semantic.changed === 'no') print('no request is decided otherwise');
  for (const { agent, action, context, from, to, before, after } of semantic.examples)
    print(
      `${from} → ${to}  ${agent} ${action} ${JSON.stringify(context)}  (${before ?? 'no rule'} → ${after ?? 'no rule'})`,
    );
  if (semantic.truncated) print('and more');
  if (semantic.changed === 'undecided')
    print('could not determine in time whether a request is decided differently');
  if (semantic.changed === 'yes')
    print(
      `some answers are looser: ${semantic.more_permissive}; some are stricter: ${semantic.more_restrictive}`,
    );
};

/**
 * Copies the notes of the other bundle if they are the same. An exported file has them sealed, and
 * the running system shows them opened.
 */
const withNotesOf = (shown: Named, { content: { notes } }: Named): Named['content'] =>
  shown.hash !== undefined && bundleHash({ ...shown.content, notes }) === shown.hash
    ? { ...shown.content, notes }
    : shown.content;

/** `interlock policy diff`: the differences in words and in meaning. */
export const addPolicyDiff = act({
  command: 'diff <a> <b>',
  about:
    'show how two bundles differ in text and in meaning (files, or a version or `active` of the running system); exit code 1 if they differ',
  options: {
    ...catalogueOptions,
    '--format <format>': { about: 'how the report is written', choices: ['text', 'json'], preset: 'text' },
  },
  run: async ({ globals, options }, first, second) => {
    const known = await knownActionTypes(options, globals);
    const [a, b] = [await readBundle(first, known, globals), await readBundle(second, known, globals)];
    const found: Differences = {
      ...diffBundles(withNotesOf(a, b), withNotesOf(b, a)),
      semantic: semanticDiff(a.content.rules, b.content.rules, { catalogue: known.fields }),
    };
    if (options.format === 'json') print(JSON.stringify(found, null, 2));
    else tell([a.name, b.name], found);
    const same = found.added.length + found.removed.length + found.changes.length + found.fields.length === 0;
    process.exitCode =
      !same || found.semantic.changed === 'yes' ? 1 : found.semantic.changed === 'undecided' ? 2 : 0;
  },
});
