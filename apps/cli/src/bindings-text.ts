import type { Schema } from '@interlock/api-types';
import { recordText } from './output/record.js';
import { toned, toneOf, type Screen } from './output/screen.js';
import { tableText } from './output/table.js';
import { visible } from './output/visible.js';

type Bindings = Schema<'DeviceBindingsDto'>;
type Binding = Bindings['bindings'][number];

const indent = '  ';

/** Returns a binding in one line; below it, its evidence and one line for each of its leaves. */
const bindingText = (
  {
    binding,
    access,
    evidence,
    evidence_by: by,
    in_force: isInForce,
    why,
    leaves,
    not_checked: rules,
  }: Binding,
  screen: Screen,
): string => {
  const columns = screen.columns === undefined ? undefined : screen.columns - 2 * indent.length;
  const table = tableText(
    leaves,
    [
      { head: '', of: ({ leaf }) => leaf },
      { head: '', of: (one) => one.access, toned: true },
      { head: '', of: (one) => one.why, fit: 12 },
    ],
    { ...screen, columns },
    { heads: false },
  );
  const inner = [
    visible(`evidence: ${evidence}, ${by}`),
    ...(why === null ? [] : [visible(why)]),
    ...(leaves.length === 0 ? [] : table.split('\n')),
    ...rules.map(({ leaf, rule }) => visible(`only the device judges: ${leaf} ${rule}`)),
  ];
  return [
    `${indent}${visible(binding)}  ${toned(visible(access), toneOf(access), screen)}${isInForce ? ', in force' : ''}`,
    ...inner.map((line) => `${indent}${indent}${line}`),
  ].join('\n');
};

/** Returns the bindings of a device, with what each lets Interlock do. */
export const bindingsText = ({ bindings, actions, ...device }: Bindings, screen: Screen): string =>
  [
    recordText(device, screen),
    ...(bindings.length === 0
      ? []
      : ['', toned('bindings', 'head', screen), ...bindings.map((one) => bindingText(one, screen))]),
    ...(actions.length === 0 ? [] : ['', recordText({ actions }, screen)]),
  ].join('\n');
