import { Input } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { call } from '../../api/client.js';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { counted, numberText, percentText, rangeText, sentence } from '../../format.js';
import { Choice } from '../../ui/forms/Choice.js';
import { ConfirmButton } from '../../ui/ConfirmButton.js';
import { ActionButton, Card, UntrustedText, Loaded, Problem } from '../../ui/parts.js';
import { Chip } from '../../ui/states.js';
import { num, Table, unseen } from '../../ui/tables/Table.js';
import { typesQuery } from '../../api/queries.js';
import { thresholdsQuery } from '../queries.js';
import { Signature } from '../modes/Signature.js';
import { moveText, risks, shiftText, targetIn, type Threshold } from './threshold-words.js';

/** A looser threshold that waits for a signature, with its evidence and its effect. */
export const ThresholdStep = ({ threshold }: { readonly threshold: Threshold }): ReactElement | null => {
  const { action_type: type, proposal } = threshold;
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const sign = useSend(
    (digest: string) =>
      call('post', '/api/v1/autonomy/thresholds/{action_type}/sign', {
        path: { action_type: type },
        body: { digest },
      }),
    ['autonomy'],
    'The threshold was signed.',
  );
  if (proposal === null) return null;
  const { good, bad, share } = proposal.data;
  return (
    <Signature
      label="Looser threshold"
      title="Looser confidence waits for a signature"
      at={proposal.at}
      digest={proposal.digest}
      send={sign}
      off={missing}
      sign="Sign the looser threshold"
      onSign={() => sign.mutate(proposal.digest)}
    >
      <div className="row wrap">
        <b className="mono">
          <UntrustedText text={type} />
        </b>
        <span>
          {shiftText(proposal.from)}{' '}
          <span className="muted" aria-label="becomes">
            →
          </span>{' '}
          {shiftText(proposal.to)}
        </span>
      </div>
      <p className="t2">
        {counted(good + bad, 'automatic outcome')}: {good} good, {bad} not
        {share === null ? '' : `, ${percentText(100 * share)} by weight`}; the target is{' '}
        {percentText(100 * proposal.target_share)}.
      </p>
      <p className="t2">
        Once signed, the required confidence is <b>{moveText(threshold, proposal.to)}</b>. Tightening needs no
        signature.
      </p>
    </Signature>
  );
};

const OptOut = ({ type }: { readonly type: string }): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const remove = useSend(
    () => call('delete', '/api/v1/autonomy/thresholds/{action_type}', { path: { action_type: type } }),
    ['autonomy'],
    'The threshold is as configured.',
  );
  return (
    <>
      <ConfirmButton
        size="sm"
        label={`Opt out ${type}…`}
        confirmLabel={`Yes, as configured: ${type}`}
        off={missing}
        sending={remove.isPending}
        confirm="Yes, as configured"
        onAct={() => remove.mutate(undefined)}
      >
        Opt out…
      </ConfirmButton>
      {remove.isError ? <Problem error={remove.error} what="nothing was changed" /> : null}
    </>
  );
};

const Row = ({ threshold }: { readonly threshold: Threshold }): ReactElement => {
  const {
    action_type: type,
    enabled,
    effective,
    configured,
    bounds,
    data,
    proposal,
    explanation,
  } = threshold;
  return (
    <tr>
      <td>
        <UntrustedText text={type} />
        <div>
          <Chip
            plain
            look={
              proposal !== null
                ? { kind: 'yellow', glyph: 'hold', word: 'Waits for a signature' }
                : enabled
                  ? { kind: 'green', glyph: 'ok', word: `Adapts, ${shiftText(threshold.shift)}` }
                  : { kind: 'unk', glyph: 'minus', word: 'As configured' }
            }
          />
        </div>
      </td>
      {risks.map((risk) => (
        <td key={risk} className="num">
          <b>{numberText(effective[risk], 3)}</b>
          <div className="xs muted">
            {enabled
              ? `${rangeText(bounds[risk].least, bounds[risk].most, 3)}`
              : `set ${numberText(configured[risk], 3)}`}
          </div>
        </td>
      ))}
      <td className="num hide-m">
        {threshold.target_share === null ? '–' : percentText(100 * threshold.target_share)}
        <div className="xs muted">
          {data.share === null ? 'no outcomes' : `now ${percentText(100 * data.share)}`}
        </div>
      </td>
      <td className="t2 sm long iso hide-m" style={{ whiteSpace: 'normal', minWidth: 180 }}>
        {sentence(explanation)}.
      </td>
      <td>{enabled ? <OptOut type={type} /> : null}</td>
    </tr>
  );
};

const OptIn = ({ known }: { readonly known: readonly Threshold[] }): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const types = useQuery(typesQuery());
  const [type, setType] = useState('');
  const [target, setTarget] = useState('97');
  const share = targetIn(target);
  const put = useSend(
    (sent: number) =>
      call('put', '/api/v1/autonomy/thresholds/{action_type}', {
        path: { action_type: type },
        body: { target_share: sent },
      }),
    ['autonomy'],
    'The target share was saved.',
  );
  const on = known.filter(({ enabled }) => enabled).map(({ action_type: name }) => name);
  const offered = (types.data?.items ?? [])
    .filter(({ action_type: name, handler }) => handler !== null && !on.includes(name))
    .map(({ action_type: name }) => name);
  return (
    <div className="b" style={{ borderTop: '1px solid var(--line)' }}>
      <div className="row wrap">
        <Choice
          aria-label="Action type to opt in"
          style={{ width: 'auto' }}
          value={type}
          choices={[{ value: '', label: 'Opt an action type in…' }, ...offered]}
          onChoose={setType}
        />
        <label className="row sm t2">
          Target
          <Input
            inputMode="decimal"
            style={{ width: 64 }}
            value={target}
            aria-label="Target share of good outcomes, in percent"
            onChange={(event) => setTarget(event.target.value)}
          />
          % good
        </label>
        <ActionButton
          size="sm"
          off={
            missing ??
            (type === '' ? 'Choose an action type first' : undefined) ??
            (share === undefined ? 'The target must be from 50 to 100 %' : undefined)
          }
          sending={put.isPending}
          onAct={() => {
            if (share !== undefined) put.mutate(share, { onSuccess: () => setType('') });
          }}
        >
          Opt in
        </ActionButton>
      </div>
      {put.isError ? <Problem error={put.error} what="nothing was changed" /> : null}
    </div>
  );
};

/**
 * The required confidence of each action type that adapts to outcomes: its value, its bounds and
 * its reason. A form opts further types in.
 */
export const Thresholds = (): ReactElement => {
  const thresholds = useQuery(thresholdsQuery());
  return (
    <Card title="Adaptive confidence" right={<span className="hide-m">below each: its bounds</span>}>
      <Loaded query={thresholds} what="adaptive thresholds">
        {({ items }) => (
          <>
            {items.length === 0 ? (
              <p className="note">
                <b>Every type needs its configured confidence.</b> An opted-in type needs more after its
                automatic actions go wrong, and less only when a person signs.
              </p>
            ) : (
              <Table
                name="Confidence"
                head={[
                  'Action type',
                  ...risks.map(num),
                  { text: 'Target', className: 'num hide-m' },
                  { text: 'Why', className: 'hide-m' },
                  unseen('Change'),
                ]}
              >
                {items.map((threshold) => (
                  <Row key={threshold.action_type} threshold={threshold} />
                ))}
              </Table>
            )}
            <OptIn known={items} />
          </>
        )}
      </Loaded>
    </Card>
  );
};
