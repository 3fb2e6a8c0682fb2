import { canonicalJson } from '@interlock/kernel';
import type { Command } from 'commander';
import { screenOf } from '../../../output/screen.js';
import { tableText, type Column } from '../../../output/table.js';
import { calls } from '../../../program/routes.js';
import { CliError, print, printJson, Session, type Globals } from '../../../connection/session.js';
import type { Compared } from '../verification/comparison.js';
import { sinceIn } from '../replaying/since.js';

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
 * Adds `interlock audit reconcile`, which compares the last recorded state with what the world
 * answers now.
 */
export const addAuditReconcile = (audit: Command, globals: () => Globals): void => {
  calls(
    audit.command('reconcile'),
    'GET /api/v1/audit/events',
    'POST /api/v1/devices/{id}/drift/check',
    'POST /api/v1/mcp/servers/{server}/look',
    'POST /api/v1/calls/{action_id}/status',
    'GET /api/v1/autonomy/budget/state',
  )
    .description(
      "compare the log's last word on each device, handler and budget with what they answer now; exit code 1 if something differs, 2 if something was not checked",
    )
    .option('--since <when>', 'which handled actions: since a time, or for a span such as 12h', '7d')
    .option('--json', 'the comparison as JSON', false)
    .exitOverride((error) => {
      throw new CliError('', error.exitCode === 0 ? 0 : 2);
    })
    .action(async ({ json, since }: { readonly json: boolean; readonly since: string }) => {
      // Only this command loads the deciders behind the comparison.
      const { Comparison } = await import('../verification/comparison.js');
      const session = new Session(globals());
      const comparison = new Comparison(session, Date.parse(sinceIn(since)));
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
          `${agree} agree, ${differ} differ, ${unchecked} not checked, ${nothing} without a word in the log up to position ${comparison.position}`,
        );
      }
      if (differ! > 0) process.exitCode = 1;
      else if (unchecked! > 0 || agree === 0) process.exitCode = 2;
    });
};
