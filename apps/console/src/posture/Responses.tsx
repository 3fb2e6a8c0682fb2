import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { systemTenant } from '@interlock/contracts';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { postureQuery, responsesQuery } from '../api/queries.js';
import { useSend } from '../api/send.js';
import { useMissingScope, useSession } from '../api/session.js';
import { counted, sentence } from '../format.js';
import { Choice } from '../ui/forms/Choice.js';
import { cols } from '../ui/tables/Columns.js';
import { Glyph } from '../ui/glyphs.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { ActionButton, Card, Empty, Loaded, Problem, Time } from '../ui/parts.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { Chip } from '../ui/states.js';
import { cx } from '../ui/cx.js';
import css from './posture.module.css';

type Run = Schema<'ResponseDto'>;

const gateNames = {
  trust_guard_unlocked: 'Trust unlocked',
  safety_brake_off: 'Safety brake off',
  rate_limit: 'Fewer responses in 24 h than the limit',
  manual_unlock_count: 'Manual unlocks within the day’s limit',
} as const;
const gates = Object.keys(gateNames) as readonly (keyof typeof gateNames)[];

/** Returns the action of a run that waits for a person's approval. */
const askedOf = (run: Run): Run['results'][number] | undefined =>
  run.results.find(({ state }) => state === 'AWAITING_APPROVAL' || state === 'AWAITING_CONFIRMATION');

const lookOf = (run: Run): Parameters<typeof Chip>[0]['look'] => {
  const { status, mode } = run;
  switch (status) {
    case 'running':
      if (askedOf(run) !== undefined) return { kind: 'yellow', glyph: 'hold', word: 'Waits for a person' };
      return { kind: 'blue', glyph: 'run', word: 'Running' };
    case 'blocked':
      return { kind: 'red', glyph: 'oct', word: 'Blocked' };
    case 'failed':
      return { kind: 'red', glyph: 'oct', word: 'Failed' };
    case 'undone':
      return { kind: 'vio', glyph: 'back', word: 'Undone' };
    case 'completed':
      return mode === 'apply'
        ? { kind: 'green', glyph: 'ok', word: 'Applied' }
        : { kind: 'blue', glyph: 'clk', word: 'Preview' };
  }
};

const checkCols = cols('15px minmax(0, 1fr) auto', { gap: '5px 8px' });

const Gates = ({ run }: { readonly run: Run }): ReactElement => (
  <div className="grid" style={checkCols}>
    <span className="all muted">Gates, looked at before anything</span>
    {gates.map((gate) => {
      const blocks = run.gates.includes(gate);
      return (
        <div key={gate} style={{ display: 'contents' }}>
          <Glyph name={blocks ? 'oct' : 'ok'} kind={blocks ? 'red' : 'green'} size={13} />
          <span>{gateNames[gate]}</span>
          <span className={`num sm ${blocks ? 'red' : 'muted'}`}>{blocks ? 'blocks' : 'passes'}</span>
        </div>
      );
    })}
  </div>
);

const Actions = ({ run }: { readonly run: Run }): ReactElement => (
  <div className="grid" style={checkCols}>
    <span className="all muted">
      {run.mode !== 'apply' ? 'Would do' : run.status === 'running' ? 'Does' : 'Did'}
    </span>
    {run.actions.map(({ action, reversible }) => {
      const result = run.results.find((one) => one.action === action);
      const done = run.mode === 'apply' && result?.state === 'COMPLETED';
      const passed = result?.passed ?? (done ? true : null);
      return (
        <div key={action} style={{ display: 'contents' }}>
          <Glyph
            name={passed === null ? 'none' : passed ? 'ok' : 'oct'}
            kind={passed === null ? 'unk' : passed ? 'green' : 'red'}
            size={13}
          />
          <span className="mono long">{action}</span>
          <span className="num sm muted">
            {run.mode === 'apply' && result !== undefined
              ? `${sentence(result.state.toLowerCase())}${result.passed === null ? '' : result.passed ? ', passed' : ', failed'}`
              : reversible
                ? 'can be undone'
                : 'reads only'}
          </span>
        </div>
      );
    })}
  </div>
);

/** Links users who may act for the system's tenant to the request that the run waits for. */
const Asked = ({ run }: { readonly run: Run }): ReactElement | null => {
  const { data: session } = useSession();
  const asked = askedOf(run);
  if (asked === undefined) return null;
  return (
    <p className="sm t2">
      <span className="mono">{asked.action}</span> does not run without a person’s approval.{' '}
      {session?.tenants.includes(systemTenant) === true ? (
        <Link to="/approvals" search={{ tenant: systemTenant, id: asked.action_id ?? undefined }}>
          Review the request
        </Link>
      ) : (
        <>
          An approver of the tenant <span className="mono">{systemTenant}</span> decides it.
        </>
      )}
    </p>
  );
};

const Undo = ({ run }: { readonly run: Run }): ReactElement | null => {
  const missing = useMissingScope('POSTURE_WRITE');
  const undoable = run.results.filter(({ reversible }) => reversible);
  const undo = useSend(
    (reason: string) =>
      call('post', '/api/v1/responses/{id}/undo', { path: { id: run.response_id ?? '' }, body: { reason } }),
    ['posture'],
    'The response was undone.',
  );
  if (run.mode !== 'apply' || run.status !== 'completed' || run.response_id === null) return null;
  if (undoable.length === 0)
    return <p className="xs muted">It only read data, so there is nothing to undo.</p>;
  return (
    <div className="row wrap">
      <ReasonAct
        label={`Undo ${undoable.length}…`}
        off={missing}
        title="Undo a response"
        act={`Undo ${undoable.map(({ action }) => action).join(', ')}`}
        send={undo}
      >
        <p className="t2">
          {counted(undoable.length, 'action')} can be undone, the other {run.results.length - undoable.length}{' '}
          only read.
        </p>
      </ReasonAct>
      <span className="xs muted iso">{undoable.map(({ undo_instruction: how }) => how ?? '').join(' ')}</span>
    </div>
  );
};

/** Applies a preview. The button shows how many actions it runs. */
const Apply = ({ run }: { readonly run: Run }): ReactElement | null => {
  const missing = useMissingScope('POSTURE_WRITE');
  const posture = useQuery(postureQuery());
  const apply = useSend(
    () => call('post', '/api/v1/responses/run', { body: { policy: run.policy, apply: true } }),
    ['posture'],
    'The response was applied.',
  );
  if (run.mode === 'apply' || run.status === 'running') return null;
  const [blocking] = run.gates;
  return (
    <>
      <div className="row wrap">
        <ConfirmButton
          variant="filled"
          off={
            missing ??
            (blocking === undefined ? undefined : `Blocked by the gate “${gateNames[blocking]}”`) ??
            (run.actions_planned === 0 ? 'There is nothing to apply' : undefined)
          }
          sending={apply.isPending}
          showReason
          confirm={`Yes, apply ${run.actions_planned} now`}
          onAct={() => apply.mutate(undefined)}
        >
          {run.actions_planned === 0 ? 'Apply…' : `Apply ${run.actions_planned}…`}
        </ConfirmButton>
      </div>
      {posture.data === undefined || run.actions_planned === 0 ? null : (
        <p className="xs muted">
          Applied, it is response {posture.data.inputs.recent_responses + 1} in 24 h; the posture turns YELLOW
          at {posture.data.thresholds.yellow_responses}.
        </p>
      )}
      {apply.isError ? <Problem error={apply.error} what="nothing was applied" /> : null}
    </>
  );
};

const Card1 = ({ run, last }: { readonly run: Run; readonly last: boolean }): ReactElement => (
  <div className={cx(css['run'], 'col bb')} style={{ gap: 8, padding: '10px 12px' }}>
    <h3 className="line">
      <Chip look={lookOf(run)} />
      {run.policy} plan
      <span className="ml sm muted">
        {run.trigger === 'person' ? 'by a person' : run.trigger === 'level' ? 'by the level' : 'by schedule'},{' '}
        <Time at={run.began_at} />
      </span>
    </h3>
    {run.mode === 'dry-run' && run.status !== 'blocked' ? (
      <p className="sm t2">Dry run: nothing was done.</p>
    ) : null}
    {last || run.status === 'blocked' ? <Gates run={run} /> : null}
    {run.actions.length === 0 ? null : <Actions run={run} />}
    <Asked run={run} />
    {run.detail === null ? null : <p className="sm t2 long iso">{run.detail}</p>}
    {run.undone === null ? null : (
      <p className="sm t2 long iso">
        Undone <Time at={run.undone.at} zoned />: {run.undone.reason}
      </p>
    )}
    {last ? <Apply run={run} /> : null}
    <Undo run={run} />
  </div>
);

const levels = ['GREEN', 'YELLOW', 'ORANGE', 'RED'] as const;

/**
 * The automatic responses of the posture, past and possible. A preview comes first; then a button
 * with the number of actions applies it.
 */
export const Responses = (): ReactElement => {
  const responses = useQuery(responsesQuery());
  const posture = useQuery(postureQuery());
  const missing = useMissingScope('POSTURE_WRITE');
  const [level, setLevel] = useState<(typeof levels)[number]>('YELLOW');
  const preview = useSend(
    (policy: (typeof levels)[number]) =>
      call('post', '/api/v1/responses/run', { body: { policy, apply: false } }),
    ['posture'],
  );
  const shown = preview.data?.response_id === null ? preview.data : undefined;
  return (
    <Card
      title="Responses"
      {...(posture.data === undefined
        ? {}
        : { extra: <span className="tag">{posture.data.inputs.recent_responses} in 24 h</span> })}
      right={
        <span className="row">
          <Choice
            aria-label="Level to preview"
            style={{ width: 'auto' }}
            value={level}
            choices={levels}
            onChoose={setLevel}
          />
          <ActionButton
            size="sm"
            off={missing ?? (preview.isPending ? 'Still asking' : undefined)}
            onAct={() => preview.mutate(level)}
          >
            {preview.isPending ? 'Asking…' : shown === undefined ? 'Preview' : 'Preview again'}
          </ActionButton>
        </span>
      }
    >
      {preview.isError ? <Problem error={preview.error} what="nothing was previewed" /> : null}
      {shown === undefined ? null : <Card1 run={shown} last />}
      <Loaded query={responses} what="responses">
        {({ items }) =>
          items.length === 0 && shown === undefined ? (
            <Empty>
              <b>No response ran.</b> Responses to YELLOW and RED appear here, with their results.
            </Empty>
          ) : (
            <>
              {items.map((run, i) => (
                <Card1
                  key={run.response_id ?? run.began_at}
                  run={run}
                  last={i === 0 && shown === undefined}
                />
              ))}
            </>
          )
        }
      </Loaded>
    </Card>
  );
};
