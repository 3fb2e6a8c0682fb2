import { canonicalJson } from '@interlock/kernel';
import { screenOf } from '../../../output/screen.js';
import { tableText, type Column } from '../../../output/table.js';
import { print, printJson } from '../../../connection/session.js';
import type { Compared } from '../verification/comparison.js';
import { sinceIn } from '../replaying/since.js';
import { act } from '../../../program/declare.js';

type Row = Pick<Compared, 'kind' | 'id' | 'state'> & { readonly detail: string };

const valueOf = (value: unknown): string =>
  value === null ? 'nothing' : typeof value === 'string' ? value : canonicalJson(value);

/** Returns a row for each difference, or one row if there is none. */
const rowsOf = ({ kind, id, state, why, differences }: Compared): readonly Row[] =>
  differences.length === 0
    ? [{ kind, id, state, detail: why ?? '' }]
    : differences.map(({ path, logged, answered }) => ({
        kind,
        id,
        state,
        detail: `${path}: the log says ${valueOf(logged)}, the answer is ${valueOf(answered)}`,
      }));

const columns: readonly Column<Row>[] = [
  { head: 'KIND', of: ({ kind }) => kind.replace('_', ' ') },
  { head: 'NAME', of: ({ id }) => id },
  { head: 'STATE', of: ({ state }) => state.replace('_', ' '), toned: true },
  { head: 'DETAIL', of: ({ detail }) => detail },
];

const countOf = (all: readonly Compared[], state: Compared['state']): number =>
  all.filter((one) => one.state === state).length;

/**
 * `interlock audit reconcile`: compares the last recorded state with what the world answers now.
 */
export const addAuditReconcile = act({
  command: 'reconcile',
  about:
    'compare the last state of each device, handler and budget in the log with what they answer now; exit code 1 if something differs, 2 if something was not checked',
  routes: [
    'GET /api/v1/audit/events',
    'POST /api/v1/devices/{id}/drift/check',
    'POST /api/v1/mcp/servers/{server}/look',
    'POST /api/v1/calls/{action_id}/status',
    'GET /api/v1/autonomy/budget/state',
  ],
  options: {
    '--since <when>': {
      about: 'the handled actions to check: since a time, or for a span such as 12h',
      preset: '7d',
      read: sinceIn,
    },
    '--json': { about: 'the comparison as JSON', preset: false },
  },
  run: async ({ session, options: { json, since } }) => {
    // Only this command loads the deciders behind the comparison.
    const { Comparison } = await import('../verification/comparison.js');
    const comparison = new Comparison(session, Date.parse(since));
    const all: Compared[] = [];
    for await (const one of comparison.all()) all.push(one);
    if (all.length === 0) await session.checkTenant();
    const [agree, differ, unchecked, nothing] = (
      ['agrees', 'differs', 'not_checked', 'nothing_logged'] as const
    ).map((state) => countOf(all, state));
    if (json)
      printJson({
        tenant_id: session.tenant,
        position: comparison.position,
        agrees: agree,
        differs: differ,
        not_checked: unchecked,
        nothing_logged: nothing,
        items: all,
      });
    else {
      if (all.length > 0) print(tableText(all.flatMap(rowsOf), columns, screenOf(process.stdout)));
      print(
        `${agree} agree, ${differ} differ, ${unchecked} not checked, ${nothing} not in the log up to position ${comparison.position}`,
      );
    }
    if (differ! > 0) process.exitCode = 1;
    else if (unchecked! > 0 || agree === 0) process.exitCode = 2;
  },
});
