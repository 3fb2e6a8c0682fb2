import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { Decisions } from './analysis.js';
import { decisionsQuery, type Bundle } from '../api.js';
import { commonFields } from '../fields.js';
import { namedFields, type DraftRule } from '../rules.js';

/** The largest number of fields in a download. Beyond it, the server has to simulate. */
const mostFields = 200;

/** Downloads the recorded decisions of the last day with the fields that these rules use. */
export const useRecorded = (
  rules: readonly Pick<DraftRule, 'conditions'>[],
  declared: ReadonlySet<string>,
  active: Bundle | null | undefined,
): {
  readonly decisions: UseQueryResult;
  /** True if there are more decisions than were downloaded. */
  readonly capped: boolean;
  readonly recorded: Decisions | undefined;
} => {
  const fields = namedFields(rules)
    .filter((field) => declared.has(field) && !field.includes(','))
    .join('\n');
  const known = declared.size > commonFields.length;
  const [wanted, setWanted] = useState<string | undefined>();
  useEffect(() => {
    if (!known || active === undefined) return;
    // The list of fields only grows, so that a field that disappears while the user types is not
    // downloaded again.
    setWanted((old) => {
      const all = new Set([...(old ?? '').split('\n'), ...fields.split('\n')].filter((one) => one !== ''));
      return all.size > mostFields ? old : [...all].sort().join('\n');
    });
  }, [fields, known, active]);
  const decisions = useQuery({
    ...decisionsQuery(wanted === undefined || wanted === '' ? [] : wanted.split('\n')),
    enabled: wanted !== undefined,
  });
  const columns = decisions.data;
  const recorded = useMemo<Decisions | undefined>(
    () =>
      columns === undefined
        ? undefined
        : {
            columns,
            policies: columns.policies as Decisions['policies'],
            active:
              active === null || active === undefined
                ? null
                : (active.rules as NonNullable<Decisions['active']>),
          },
    [columns, active],
  );
  return { decisions, capped: columns?.capped === true, recorded };
};
