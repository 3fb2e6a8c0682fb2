import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Action } from '../api/types.js';
import { numberText } from '../format.js';
import { traceQuery } from '../twin/queries.js';
import { Time, UntrustedText } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { tracesOf } from './words.js';

/** The past actions that weigh most in the prediction, with what was expected and what was seen. */
export const Nearest = ({ action }: { readonly action: Action }): ReactElement | null => {
  const nearest = tracesOf(action).slice(0, 3);
  const traces = useQueries({
    queries: nearest.map(({ id }) => ({ ...traceQuery(id), retry: false, staleTime: Infinity })),
  });
  if (nearest.length === 0) return null;
  return (
    <Table
      name="Nearest past actions"
      head={['Nearest past actions', num('Weight'), num('Impact, said → seen'), 'End']}
    >
      {nearest.map(({ id, weight }, i) => {
        const trace = traces[i]?.data;
        return (
          <tr key={id}>
            <td>
              <Link to="/twin/traces/$id" params={{ id }}>
                {trace === undefined ? 'Trace' : <UntrustedText linked text={trace.entity_id} />}
              </Link>{' '}
              {trace === undefined ? null : (
                <span className="muted">
                  <Time at={trace.finished_at} />
                </span>
              )}
            </td>
            <td className="num">{numberText(weight)}</td>
            <td className="num">
              {trace === undefined
                ? '–'
                : `${trace.predicted === null ? '–' : numberText(trace.predicted.impact_delta, 1)} → ${numberText(trace.impact_delta, 1)}`}
            </td>
            <td>
              {trace === undefined ? null : (
                <Chip
                  plain
                  look={
                    trace.harmed
                      ? { kind: 'vio', glyph: 'back', word: 'Did harm' }
                      : { kind: 'green', glyph: 'ok', word: 'Did none' }
                  }
                />
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
};
