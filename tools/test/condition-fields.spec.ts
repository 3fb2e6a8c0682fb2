import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';
import { contextFields } from '@interlock/policy';

import { root } from '../run/node.mjs';

it('the table of fields in POLICY_STUDIO.md has every field of a condition, once', () => {
  const text = readFileSync(join(root, 'docs/POLICY_STUDIO.md'), 'utf8');
  const [, table = ''] = /\n\| field +\| source +\|\n([^]*?)\n\n/.exec(text) ?? [];
  const named = table
    .split('\n')
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, field]) => field!));
  // Action types declare these.
  const declared = ['parameters.*', 'impact_by_kpi.*'];
  expect(named.sort()).toEqual([...Object.keys(contextFields), ...declared].sort());
});
