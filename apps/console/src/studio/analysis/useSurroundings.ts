import { answeredEntry, type AnsweredActionType } from '@interlock/contracts';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { bundlesQuery } from '../../api/queries.js';
import { actionTypesQuery, lintSettingsQuery, type Bundle } from '../api.js';
import type { Surroundings } from './analysis.js';
import type { Vocabulary } from '../editor/completing.js';
import { declaredFields } from '../fields.js';

type Given = {
  readonly surroundings: Surroundings | undefined;
  readonly vocabulary: Vocabulary;
  readonly declared: ReadonlySet<string>;
  readonly invariants: Surroundings['invariants'];
  /** The active bundle; null if there is none, undefined until it is known. */
  readonly active: Bundle | null | undefined;
};

/**
 * Reads the tenant's data beside a draft: its action types, its requirements for bundles, and the
 * active bundle.
 */
export const useSurroundings = (agents: readonly string[]): Given => {
  const types = useQuery(actionTypesQuery());
  const settings = useQuery(lintSettingsQuery());
  const deciding = useQuery(bundlesQuery());
  const active = deciding.data?.active;
  const names = agents.join('\n');
  const surroundings = useMemo<Surroundings | undefined>(
    () =>
      types.data === undefined || settings.data === undefined || active === undefined
        ? undefined
        : {
            actionTypes: (types.data.items as readonly AnsweredActionType[]).map(answeredEntry),
            invariants: settings.data.invariants as Surroundings['invariants'],
            severities: settings.data.severities,
            previous:
              active === null
                ? null
                : {
                    version: active.version,
                    rules: active.rules as NonNullable<Surroundings['previous']>['rules'],
                  },
          },
    [types.data, settings.data, active],
  );
  const declared = useMemo(() => declaredFields(types.data?.items ?? []), [types.data]);
  const vocabulary = useMemo<Vocabulary>(
    () => ({
      fields: [...declared].sort(),
      actions: (types.data?.items ?? []).map(({ action_type: type }) => type).sort(),
      agents: names === '' ? [] : names.split('\n'),
    }),
    [declared, types.data, names],
  );
  return { surroundings, vocabulary, declared, invariants: surroundings?.invariants ?? [], active };
};
