import { useQueries } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { riskOf } from '../../action/words.js';
import { actionQuery } from '../../api/queries.js';
import { draftRule } from './draft-rule.js';
import { commonFields } from '../fields.js';
import { freeId, type DraftRule } from '../rules.js';
import { withItem } from './text.js';
import type { Document } from './useDocument.js';

/**
 * The request of a link to add rules to the draft: rules drafted from actions, or the rules of a
 * recipe.
 */
export type Taken = { readonly from: string | undefined; readonly recipe: string | undefined };
/** The largest number of actions that one rule is drafted from. */
const mostActions = 50;

const recipeRules = async (id: string): Promise<readonly object[]> => {
  const { recipes } = await import('../playground/recipes.js');
  return recipes.find((one) => one.id === id)?.bundles[0]?.rules ?? [];
};

/** Adds the rules that a link asked for to the text once, and reports it. It saves nothing. */
export const useLinkedRules = ({
  taken,
  bundle,
  rules,
  declared,
  ready,
  doc,
  onAdded,
}: {
  readonly taken: Taken;
  readonly bundle: string;
  readonly rules: readonly DraftRule[];
  readonly declared: ReadonlySet<string>;
  readonly ready: boolean;
  readonly doc: Document;
  readonly onAdded: (place: number) => void;
}): string | undefined => {
  const navigate = useNavigate();
  const ids = (taken.from ?? '')
    .split(',')
    .filter((id) => id !== '')
    .slice(0, mostActions);
  const actions = useQueries({ queries: ids.map((id) => actionQuery(id)) });
  const [notice, setNotice] = useState<string | undefined>();
  const done = useRef<string | undefined>(undefined);
  const loaded = actions.every(({ isPending }) => !isPending);
  const key = taken.from ?? taken.recipe;
  useEffect(() => {
    if (
      key === undefined ||
      !ready ||
      done.current === key ||
      (taken.from !== undefined && (!loaded || declared.size <= commonFields.length))
    )
      return;
    done.current = key;
    const finish = (said: string, added: readonly object[]): void => {
      setNotice(said);
      if (added.length > 0) {
        doc.set(
          added.reduce<string>((text, rule, i) => withItem(text, '/rules', rules.length + i, rule), doc.text),
        );
        onAdded(rules.length);
      }
      void navigate({ to: '/studio/$bundle/$step', params: { bundle, step: 'edit' }, replace: true });
    };
    if (taken.from !== undefined) {
      const read = actions.flatMap(({ data }) => (data === undefined ? [] : [data]));
      const made = draftRule(
        read.map((action) => ({
          agent: action.agent,
          action_type: action.action_type,
          account_id: action.account_id,
          entity_id: action.entity_id,
          dry_run: action.dry_run,
          affected_entity_count: action.affected_entity_count,
          parameters: action.parameters,
          risk_score: riskOf(action),
          failed: ['ROLLED_BACK', 'ROLLBACK_FAILED'].includes(action.state),
        })),
        rules,
        declared,
      );
      if (typeof made === 'string') finish(`No rule was drafted. ${made}`, []);
      else
        finish(
          `Rule ${made.rule.id} was drafted from ${read.length === 1 ? 'one action' : `${read.length} actions`}. It does not limit ${made.open.join(', ')}. Review it before you save it. It has no effect yet.`,
          [made.rule],
        );
      return;
    }
    void recipeRules(taken.recipe ?? '').then((found) => {
      const known: { readonly id: string }[] = [...rules];
      const added = found.map((rule) => {
        const own = 'id' in rule && typeof rule.id === 'string' ? rule.id : 'recipe';
        const id = freeId(known, own);
        known.push({ id });
        return { ...rule, id };
      });
      finish(
        added.length === 0
          ? 'Recipe not found.'
          : `The recipe’s ${added.length === 1 ? 'rule was' : `${added.length} rules were`} added. Nothing is saved yet.`,
        added,
      );
    });
  });
  return notice;
};
