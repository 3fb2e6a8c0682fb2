import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { call } from '../../api/client.js';
import { SettingCard } from '../../studio/editor/SettingCard.js';
import { cols } from '../../ui/tables/Columns.js';
import { Time } from '../../ui/parts.js';
import { Chip } from '../../ui/states.js';
import { autoApprovalQuery } from '../queries.js';

/** The clauses of the auto-approval policy in their order, each with its effect. */
export const AutoApproval = (): ReactElement => (
  <SettingCard
    title="Auto-approval policy"
    className="o9"
    query={useQuery(autoApprovalQuery())}
    scope="AUTONOMY_ADMIN"
    documentOf={({
      kill_switch,
      blocked_action_types,
      confidence_thresholds,
      automatic_lifecycle_states,
    }) => ({
      kill_switch,
      blocked_action_types,
      confidence_thresholds,
      automatic_lifecycle_states,
    })}
    put={(_data, { content, reason }) =>
      call('put', '/api/v1/autonomy/auto-approval', { body: content, reason })
    }
    keys={['autonomy']}
  >
    {(data) => {
      const { LOW, MEDIUM, HIGH } = data.confidence_thresholds;
      const clauses: readonly (readonly [string, string, string])[] = [
        ['Mode is not AUTO_EXECUTE', 'k-yellow', 'REQUIRE_APPROVAL or BLOCK'],
        [
          `Action type is blocked by the tenant: ${data.blocked_action_types.join(', ') || 'none'}`,
          'k-red',
          'BLOCK',
        ],
        ['Risk is HIGH', 'k-yellow', 'REQUIRE_APPROVAL'],
        ['Reaches someone outside (external_contact)', 'k-yellow', 'REQUIRE_APPROVAL'],
        [`Confidence under ${LOW}, ${MEDIUM}, ${HIGH} by risk`, 'k-yellow', 'REQUIRE_APPROVAL'],
        [`Lifecycle is not ${data.automatic_lifecycle_states.join(', ')}`, 'k-yellow', 'REQUIRE_APPROVAL'],
        ['Otherwise', 'k-green', 'AUTO_EXECUTE'],
      ];
      return (
        <>
          <p className="note xs">
            Version <b>{data.policy_version}</b>
            {data.updated_at === null ? ', by default' : ', set '}
            {data.updated_at === null ? null : <Time at={data.updated_at} zoned />}. To make everything ask a
            person, set <span className="mono">kill_switch</span> to true.
          </p>
          {data.kill_switch ? (
            <p className="note">
              <Chip look={{ kind: 'red', glyph: 'oct', word: 'Its kill switch is on' }} /> Everything asks a
              person.
            </p>
          ) : null}
          <ol className="lines" style={cols('20px minmax(0, 1fr) auto', { pad: 6, align: 'start' })}>
            {clauses.map(([words, kind, gives], i) => (
              <li key={words}>
                <span className="muted">{i + 1}</span>
                <span className="long iso">{words}</span>
                <span className={`ef ${kind}`}>{gives}</span>
              </li>
            ))}
          </ol>
        </>
      );
    }}
  </SettingCard>
);
