import { Button } from '@mantine/core';
import { Fragment, useState, type ReactElement } from 'react';
import { lookedAt, seenDigest } from '../action/approvals/seen.js';
import { useMissingScope } from '../api/session.js';
import { sentence, shortId } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { useNow } from '../state/clock.js';
import { staleStore } from '../state/stale.js';
import { useStore } from '../state/store.js';
import { Bar } from '../ui/tables/Bar.js';
import { cols } from '../ui/tables/Columns.js';
import { Countdown } from '../ui/countdown.js';
import { Glyph } from '../ui/glyphs.js';
import { Note } from '../ui/Note.js';
import { ActionButton, Card, Empty, UntrustedText, Problem } from '../ui/parts.js';
import { whoText } from '../studio/rules.js';
import { usePlanDecision } from './queries.js';
import { noOf, takingBack, type Plan } from './words.js';
import { cx } from '../ui/cx.js';
import { CopyDigest } from '../ui/CopyDigest.js';
import css from './plan.module.css';

/** The actions that are rolled back, in order, each with its progress. */
export const TakingBack = ({ plan }: { readonly plan: Plan }): ReactElement | null => {
  const back = takingBack(plan);
  if (back.length === 0) return null;
  return (
    <section className="card o2" aria-label="Taking back">
      <header className="k-vio">
        <h2>Taking back</h2>
        <span className="r t2">never held by Stop, posture or budget</span>
      </header>
      <ol className={cx(css['back'], 'lines')} style={cols('18px 16px minmax(0, 1fr) auto')}>
        {back.map(({ node, no }) => {
          const now = node.taken_back === null && node.compensation_state !== null;
          return (
            <li key={node.node_id} className={now ? css['now'] : undefined}>
              <span className="muted">{no}</span>
              <Glyph
                name={
                  node.taken_back === true ? 'back' : node.taken_back === false ? 'oct' : now ? 'run' : 'none'
                }
                kind={
                  node.taken_back === true ? 'vio' : node.taken_back === false ? 'red' : now ? 'blue' : 'unk'
                }
                size={15}
              />
              <b className="fw">
                {noOf(plan, node.node_id)}, <UntrustedText text={node.entity_id} />
              </b>
              <span className="sm muted">
                {node.taken_back === true
                  ? 'done'
                  : node.taken_back === false
                    ? 'failed'
                    : now
                      ? 'now'
                      : 'waits'}
              </span>
              <span className="d long iso">
                {node.taken_back === null
                  ? sentence(node.action_type)
                  : node.reasons.map(({ detail }) => detail).join('; ') || sentence(node.action_type)}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
};

/** The number of entities that the whole plan may affect. */
export const Blast = ({ plan }: { readonly plan: Plan }): ReactElement => {
  const share = (100 * plan.affected_entity_count) / Math.max(1, plan.max_affected_entities);
  const alone = plan.nodes.reduce((sum, { affected_entity_count: count }) => sum + count, 0);
  return (
    <Card title="Blast radius of the whole" className="o5">
      <div className="b col" style={{ gap: 10 }}>
        <div className="grid" style={cols('92px minmax(0, 1fr) auto', { gap: '5px 10px' })}>
          <span>Entities</span>
          <Bar
            share={share}
            size={8}
            label={`${plan.affected_entity_count} of at most ${plan.max_affected_entities}`}
          />
          <span>
            <b>{plan.affected_entity_count}</b> of {plan.max_affected_entities}
          </span>
        </div>
        <p className="sm t2">
          Counted one by one it is {alone}. Of what an intent says and what the topology says, the larger
          counts.
        </p>
      </div>
    </Card>
  );
};

/**
 * The one approval for the whole plan: the digest that it is bound to, the person who gave it, and
 * the form to give it.
 */
export const PlanApproval = ({ plan }: { readonly plan: Plan }): ReactElement => {
  const { approval } = plan;
  const asked = plan.state === 'AWAITING_APPROVAL' && approval !== null;
  const decide = usePlanDecision();
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  const now = useNow();
  const stale = useStore(staleStore);
  const [note, setNote] = useState('');
  const [looked, setLooked] = useState<string | undefined>();
  const seen = looked ?? seenDigest(plan.plan_id, asked ? approval.digest : undefined);
  const changed = asked && seen !== approval.digest;
  const over = asked && Date.parse(approval.expires_at) <= now;
  const off =
    missing ??
    (decide.isPending ? 'Still sending' : undefined) ??
    (over ? 'Time is up. Checking with the server' : undefined);
  const yesOff =
    off ??
    (stale ? 'Offline: this page may be out of date. You can still reject' : undefined) ??
    (changed ? 'It changed since you opened it. Review the change first' : undefined);
  useKeys({
    a: () => document.getElementById('yes')?.focus(),
    r: () => document.getElementById('note')?.focus(),
    x: () => document.getElementById('cancel')?.focus(),
  });
  if (approval === null)
    return (
      <Card title="The one approval" className="o7">
        <Empty>
          {plan.ended_at !== null
            ? 'The plan never asked for it.'
            : plan.approval_rule === 'required'
              ? 'The plan asks for it after a dry run of every action.'
              : 'The plan asks for it only if an action holds.'}
        </Empty>
      </Card>
    );
  return (
    <Card
      title="The one approval"
      className={asked ? 'o1' : 'o7'}
      right={
        asked ? (
          <Countdown
            key={approval.expires_at}
            due={approval.expires_at}
            since={plan.submitted_at}
            then="then it does not run"
          />
        ) : undefined
      }
    >
      <div className="b col" style={{ gap: 9 }}>
        <p className="sm t2">
          {approval.approved_by.length} of {approval.required} approved
          {approval.approved_by.length === 0 ? '' : `: ${approval.approved_by.map(whoText).join(', ')}`}. It
          binds exactly this:
        </p>
        <div className="grid" style={cols('16px 1fr', { gap: '5px 8px' })}>
          {[
            'the graph and the failure rule',
            `${plan.nodes.length} intents with their predictions`,
            'the diff of every device',
            `${plan.affected_entity_count} entities`,
          ].map((part) => (
            <Fragment key={part}>
              <Glyph name="ok" kind="green" />
              <span>{part}</span>
            </Fragment>
          ))}
        </div>
        <div className="dig">
          <span className="muted">Digest</span> <b className="mono">{shortId(approval.digest)}</b>
          <CopyDigest digest={approval.digest} />
        </div>
        <p className="sm t2">
          Each action still goes through its own gates, and records this approval, plan and digest in its own
          stream.
        </p>
        {approval.rolls_back === true ? (
          <p className="sm">
            <b>It includes the rollback:</b> if an action fails, the plan rolls back the completed actions
            that nobody has changed since. Nobody is asked again.
          </p>
        ) : null}
        {changed ? (
          <div className="banner k-yellow" role="alert">
            <Glyph name="tri" kind="yellow" size={15} />
            <div>
              <b>It changed since you opened it.</b>
            </div>
            <Button
              size="sm"
              onClick={() => {
                lookedAt(plan.plan_id, approval.digest);
                setLooked(approval.digest);
              }}
            >
              I have reviewed it
            </Button>
          </div>
        ) : null}
        {asked ? (
          <>
            <Note label="Note, needed to reject" id="note" value={note} onText={setNote} />
            <div className="row">
              <ActionButton
                variant="danger"
                always
                off={off ?? (note.trim() === '' ? 'Give a reason. The requester will read it' : undefined)}
                onAct={() => decide.mutate({ plan, kind: 'reject', comment: note.trim() })}
              >
                Reject
              </ActionButton>
              <ActionButton
                id="yes"
                variant="filled"
                off={yesOff}
                onAct={() => decide.mutate({ plan, kind: 'approve', comment: note.trim() })}
              >
                {decide.isPending ? 'Sending…' : `Approve all ${plan.nodes.length}`} <kbd>A</kbd>
              </ActionButton>
            </div>
            {yesOff === undefined ? null : <p className="why-off">{yesOff}.</p>}
            {decide.isError ? <Problem error={decide.error} what="nothing was decided" /> : null}
          </>
        ) : null}
      </div>
    </Card>
  );
};

const rules = [
  ['rollback_all', 'everything that completed is taken back, in reverse'],
  ['stop', 'what completed stays, nothing more starts'],
  ['continue', 'what does not depend on it goes on'],
] as const;

export const FailureRule = ({ plan }: { readonly plan: Plan }): ReactElement => (
  <Card title="If one fails" className="o8">
    <div className="b">
      <dl className="kv">
        {rules.map(([rule, words]) => (
          <div key={rule} style={{ display: 'contents' }}>
            <dt className="mono">{rule}</dt>
            <dd>
              {rule === plan.failure_rule ? <b>chosen: </b> : null}
              {words}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  </Card>
);
