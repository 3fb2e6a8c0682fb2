import { SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted, numberText, percentText } from '../format.js';
import { Glyph } from '../ui/glyphs.js';
import { ActionButton, Card, UntrustedText, Time } from '../ui/parts.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { ReasonDialog } from '../ui/dialogs/ReasonDialog.js';
import { Chip } from '../ui/states.js';
import { LoadedTable, unseen } from '../ui/tables/Table.js';
import { evidenceText, Marks } from './modes/evidence.js';
import { modeLook } from './modes/modes.js';
import { earnedQuery, thresholdsQuery, type EarnedCell } from './queries.js';
import { Signature } from './modes/Signature.js';
import { ThresholdStep } from './limits/Thresholds.js';
import { cx } from '../ui/cx.js';
import { Hint } from '../ui/Tooltip.js';
import css from './modes/signature.module.css';

type Where = Pick<EarnedCell, 'account_id' | 'action_type'>;
type Step = { readonly at: Where } & (
  | { readonly kind: 'sign' | 'refuse'; readonly digest: string }
  | { readonly kind: 'lift' | 'step-down'; readonly reason: string }
);

const routes = {
  sign: { post: '/api/v1/autonomy/earned/sign' },
  refuse: { post: '/api/v1/autonomy/earned/refuse' },
  lift: { post: '/api/v1/autonomy/earned/lift' },
  'step-down': { post: '/api/v1/autonomy/earned/step-down' },
} as const;

const sendStep = ({ kind, at: { account_id, action_type }, ...grounds }: Step): Promise<unknown> =>
  call('post', routes[kind].post, { body: { account_id, action_type, ...grounds } });

const useStep = () => useSend(sendStep, ['autonomy']);

const From = ({ cell, to }: { readonly cell: EarnedCell; readonly to: 'up' | 'down' }): ReactElement => (
  <div className="row wrap">
    <b className="mono">
      <UntrustedText text={cell.account_id} />
    </b>
    <UntrustedText text={cell.action_type} />
    <Chip look={to === 'up' ? modeLook.APPROVAL_REQUIRED : modeLook[cell.configured_mode]} />
    <span className="muted" aria-label="becomes">
      →
    </span>
    <Chip look={to === 'up' ? modeLook.AUTO_EXECUTE : modeLook[cell.mode]} />
  </div>
);

const StepUp = ({ cell }: { readonly cell: EarnedCell }): ReactElement | null => {
  const { proposal } = cell;
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const step = useStep();
  if (proposal === null) return null;
  const off = missing;
  return (
    <Signature
      label="Step up"
      title="Step up waits for a signature"
      at={proposal.at}
      digest={proposal.digest}
      send={step}
      off={off}
      sign="Sign the step up"
      onSign={() => step.mutate({ kind: 'sign', at: cell, digest: proposal.digest })}
      beside={
        <>
          <span className="xs muted">The agent’s owner may not sign if two people can.</span>
          <span className="grow hide-m" />
          <ActionButton
            off={off}
            onAct={() => step.mutate({ kind: 'refuse', at: cell, digest: proposal.digest })}
          >
            Decline
          </ActionButton>
        </>
      }
    >
      <From cell={cell} to="up" />
      <Marks good={proposal.good} bad={proposal.bad} />
      <p className="t2">{evidenceText(proposal)}</p>
      <p className="t2">
        People were asked {proposal.approved + proposal.not_approved} times and approved {proposal.approved}{' '}
        times. Once signed, it acts without a person for up to{' '}
        <b>{counted(proposal.up_to, 'entity', 'entities')}</b>, the most in the record. Kill switch, posture,
        policies, blast radius and confidence still apply.
      </p>
    </Signature>
  );
};

const causes = {
  failures: 'Too many of its outcomes went wrong.',
  harmful: 'A person called one of its outcomes harmful.',
  person: 'A person stepped it down.',
} as const;

const StepDown = ({ cell }: { readonly cell: EarnedCell }): ReactElement => {
  const { standing, figures } = cell;
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const lift = useSend((reason: string) => sendStep({ kind: 'lift', at: cell, reason }), ['autonomy']);
  return (
    <section className="card" aria-label="Step down">
      <header className="k-vio">
        <Glyph name="back" kind="vio" size={15} />
        <h2>{standing.cause === 'person' ? 'Stepped down' : 'Stepped down by itself'}</h2>
        <span className="r">
          <Time at={standing.since ?? null} zoned />
        </span>
      </header>
      <div className="b fm">
        <From cell={cell} to="down" />
        <Marks good={figures.automatic_good} bad={figures.automatic_bad} />
        <p className="t2">
          {standing.cause === undefined ? '' : causes[standing.cause]} It took effect before the next intent.
        </p>
        <p className="t2 long iso">{cell.explanation}</p>
        <div className={cx(css['buttons'], 'row')}>
          <span className="grow hide-m" />
          <ReasonAct
            label="Set back…"
            size="md"
            off={missing}
            title="Set the step down back"
            act={`Set ${cell.action_type} back`}
            send={lift}
          >
            <p className="t2">
              {cell.account_id} acts as configured again, <b>{modeLook[cell.configured_mode].word}</b>, for{' '}
              {cell.action_type}. {evidenceText(figures)}
            </p>
          </ReasonAct>
        </div>
      </div>
    </section>
  );
};

/**
 * The proposed steps up that wait for a signature, and the steps down. Renders nothing if there are
 * none.
 */
export const Steps = (): ReactElement | null => {
  const earned = useQuery(earnedQuery());
  const thresholds = useQuery(thresholdsQuery());
  const cells = earned.data?.items ?? [];
  const up = cells.filter(({ proposal }) => proposal !== null);
  const down = cells.filter(({ standing }) => standing.kind === 'down');
  const looser = (thresholds.data?.items ?? []).filter(({ proposal }) => proposal !== null);
  if (up.length + down.length + looser.length === 0) return null;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing={12} mb={12}>
      {up.map((cell) => (
        <StepUp key={`${cell.account_id} ${cell.action_type}`} cell={cell} />
      ))}
      {looser.map((threshold) => (
        <ThresholdStep key={threshold.action_type} threshold={threshold} />
      ))}
      {down.map((cell) => (
        <StepDown key={`${cell.account_id} ${cell.action_type}`} cell={cell} />
      ))}
    </SimpleGrid>
  );
};

/** The record of each account and action type, with the evidence still missing for a step up. */
export const Records = (): ReactElement => {
  const earned = useQuery(earnedQuery());
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const step = useStep();
  const [down, setDown] = useState<EarnedCell | undefined>();
  return (
    <Card title="Record" right="evidence for earned autonomy">
      <LoadedTable
        query={earned}
        what="the record"
        name="Record"
        head={[
          'Account, type',
          'Outcomes',
          { text: 'At least', className: 'num hide-m' },
          { text: 'Still needed', className: 'num hide-m' },
          'Standing',
          unseen('Change'),
        ]}
        none="No outcome observed yet."
        hint="An outcome counts if something other than the handler observed it."
      >
        {(cell) => (
          <tr key={`${cell.account_id} ${cell.action_type}`}>
            <td>
              <UntrustedText text={cell.account_id} />
              <div className="xs">
                <UntrustedText text={cell.action_type} />
              </div>
            </td>
            <td style={{ minWidth: 120 }}>
              <Marks good={cell.figures.good} bad={cell.figures.bad} />
            </td>
            <td className="num hide-m">{percentText(100 * cell.figures.lower_bound)}</td>
            <td className="num hide-m">
              {cell.good_needed === null ? 'too many to count' : numberText(cell.good_needed, 0)}
            </td>
            <td>
              <Hint label={cell.explanation}>
                <Chip
                  plain
                  look={
                    cell.standing.kind === 'up'
                      ? { kind: 'green', glyph: 'ok', word: `Up, to ${cell.standing.up_to ?? '–'}` }
                      : cell.standing.kind === 'down'
                        ? { kind: 'vio', glyph: 'back', word: 'Down' }
                        : modeLook[cell.mode]
                  }
                />
              </Hint>
            </td>
            <td>
              <ActionButton
                size="sm"
                label={`Step down ${cell.account_id} ${cell.action_type}`}
                off={missing ?? (cell.standing.kind === 'down' ? 'It is already stepped down' : undefined)}
                onAct={() => setDown(cell)}
              >
                Step down…
              </ActionButton>
            </td>
          </tr>
        )}
      </LoadedTable>
      {down === undefined ? null : (
        <ReasonDialog
          opened
          onClose={() => setDown(undefined)}
          title="Step down"
          act={`Step ${down.action_type} down`}
          danger
          send={step}
          onSend={(reason) =>
            step.mutate({ kind: 'step-down', at: down, reason }, { onSuccess: () => setDown(undefined) })
          }
        >
          <p className="t2">
            From now on, each {down.action_type} of {down.account_id} asks a person. It takes effect before
            the next intent.
          </p>
        </ReasonDialog>
      )}
    </Card>
  );
};
