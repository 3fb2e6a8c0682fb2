import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { counted, numberText, sentence } from '../format.js';
import { Glyph } from '../ui/glyphs.js';
import { Card, Empty } from '../ui/parts.js';
import { cols } from '../ui/tables/Columns.js';
import { conditionText, lookOfDecision, type Policy } from './policy-words.js';
import { cx } from '../ui/cx.js';
import css from '../action/approvals/approvals.module.css';

const groups = [
  ['active', 'Active'],
  ['disabled', 'Disabled'],
  ['retired', 'Retired'],
] as const;

/** What a policy is for, in one short line. */
const aboutPolicy = ({ action_types: types, conditions, max_affected_entities: most }: Policy): string =>
  [
    types.includes('*') ? 'any type' : types.map(sentence).join(', '),
    ...(conditions.length === 0 ? [] : [conditionText(conditions)]),
    ...(most === null ? [] : [`at most ${counted(most, 'entity', 'entities')}`]),
  ].join('; ');

type PolicyListProps = {
  readonly items: readonly Policy[];
  readonly chosen: Policy | undefined;
};
/** The policies in groups by status. The chosen one is open beside the list. */
export const PolicyList = ({ items, chosen }: PolicyListProps): ReactElement => (
  <Card title="Guardrails" extra={<span className="tag">{numberText(items.length, 0)}</span>}>
    {items.length === 0 ? (
      <Empty>
        <b>No policy is in force.</b> If no policy allows an action, a person decides.
      </Empty>
    ) : (
      groups.map(([status, words]) => {
        const own = items.filter((policy) => policy.status === status);
        return own.length === 0 ? null : (
          <div key={status} role="group" aria-label={words}>
            <div className={cx(css['group'], 'row sm muted')}>
              {words} <span className="ml">{own.length}</span>
            </div>
            <div className="lines" style={cols('16px minmax(0, 1fr) auto', { gap: '1px 8px', pad: 8 })}>
              {own.map((policy) => {
                const look = lookOfDecision(policy.decision);
                return (
                  <Link
                    key={policy.policy_id}
                    to="/policies"
                    search={(old) => ({ ...old, policy: policy.policy_id })}
                    className={cx(css['request'], policy === chosen && 'sel')}
                    aria-current={policy === chosen ? 'true' : undefined}
                    data-row
                  >
                    <Glyph name={look.glyph} kind={look.kind} size={14} />
                    <span className="fw iso">{policy.name}</span>
                    <span className="muted sm">v{policy.version}</span>
                    <span className={cx(css['why'], 'd iso')}>
                      <span className="mono">{policy.policy_id}</span> {look.word} {aboutPolicy(policy)}
                    </span>
                  </Link>
                );
              })}
            </div>
          </div>
        );
      })
    )}
  </Card>
);
