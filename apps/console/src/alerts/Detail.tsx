import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { alertTimelineQuery } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted, sentence } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { Glyph } from '../ui/glyphs.js';
import { Note } from '../ui/Note.js';
import { ActionButton, Ago, Card, Id, UntrustedText, Loaded, Problem, Time } from '../ui/parts.js';
import { Chip, lookOfSeverity, lookOfStatus } from '../ui/states.js';
import { useNoticeChange, type Notice } from './queries.js';
import { Links } from './Links.js';
import { Silence } from './Silence.js';
import { Notified } from './Notified.js';
import { timelineText, resolveOff } from './words.js';

const Timeline = ({ kind, id }: { readonly kind: Notice['kind']; readonly id: string }): ReactElement => {
  const timeline = useQuery(alertTimelineQuery(kind, id));
  return (
    <Loaded query={timeline} rows={3} what="the timeline">
      {({ items }) => (
        <ol className="rail">
          {items.map((happening) => (
            <li key={happening.event_id}>
              <span className="tm">
                <Time at={happening.at} />
              </span>
              <span className="mk">
                <Glyph name="dot" kind="blue" size={11} />
              </span>
              <div className="sm t2">
                <Text c="var(--text)" fw={550} fz="sm">
                  {sentence(timelineText(happening.type))}
                </Text>
                <span className="long iso">{happening.text}</span>
              </div>
            </li>
          ))}
        </ol>
      )}
    </Loaded>
  );
};

const Facts = ({ notice }: { readonly notice: Notice }): ReactElement => {
  const { thing } = notice;
  return (
    <dl className="kv">
      <dt>Opened</dt>
      <dd>
        <Time at={thing.opened_at} zoned />
      </dd>
      <dt>Since</dt>
      <dd>
        <Ago at={thing.opened_at} />, last change <Time at={thing.updated_at} />
      </dd>
      <dt>Fired</dt>
      <dd>{counted(thing.fired, 'time')}</dd>
      {thing.fingerprint === null ? null : (
        <>
          <dt>Fingerprint</dt>
          <dd>
            <Id id={thing.fingerprint} />
          </dd>
        </>
      )}
      {notice.kind === 'incidents' ? null : (
        <>
          <dt>Ends</dt>
          <dd>
            {resolveOff(thing) === undefined ? 'when a person resolves it' : 'by itself, with its condition'}
          </dd>
        </>
      )}
      {thing.entity_id === null ? null : (
        <>
          <dt>About</dt>
          <dd>
            <UntrustedText whole text={thing.entity_id} />
          </dd>
        </>
      )}
      {thing.action_id === null ? null : (
        <>
          <dt>Action</dt>
          <dd>
            <Link to="/actions/$id" params={{ id: thing.action_id }}>
              Its whole story
            </Link>
          </dd>
        </>
      )}
      {notice.kind === 'alerts' ? null : (
        <>
          <dt>Dossier</dt>
          <dd>
            <Link to="/incidents/$id" params={{ id: thing.id }}>
              Printable timeline and post-mortem
            </Link>
          </dd>
        </>
      )}
      {notice.kind === 'alerts' && notice.thing.runbook !== null ? (
        <>
          <dt>Runbook</dt>
          <dd className="mono iso long">{notice.thing.runbook}</dd>
        </>
      ) : null}
    </dl>
  );
};

/**
 * One alert or incident: its facts, the people who were notified, its timeline, and the actions
 * that a person may take.
 */
export const Detail = ({ notice }: { readonly notice: Notice }): ReactElement => {
  const { kind, thing } = notice;
  const [note, setNote] = useState('');
  const change = useNoticeChange(notice);
  const missing = useMissingScope('ALERT_WRITE');
  const over = thing.status === 'resolved' ? 'It is resolved already' : undefined;
  const busy = change.isPending ? 'Still sending' : undefined;
  const noResolve =
    missing ??
    over ??
    resolveOff(thing) ??
    busy ??
    (note.trim() === '' ? 'Say what you did about it' : undefined);
  const send = (verb: 'acknowledge' | 'resolve' | 'note'): void =>
    change.mutate({ verb, note: note.trim() }, { onSuccess: () => setNote('') });
  useKeys({
    a: () => document.getElementById('acknowledge')?.focus(),
    m: () => document.getElementById('silence')?.focus(),
  });
  return (
    <Card
      title={thing.name}
      extra={<Chip look={lookOfSeverity(thing.severity)} />}
      right={<Chip look={lookOfStatus(thing.status)} plain />}
    >
      <div className="b col" style={{ gap: 10 }}>
        {thing.title === thing.name ? null : <p className="long iso">{thing.title}</p>}
        <p className="sm t2 long iso">{thing.detail}</p>
        <Facts notice={notice} />
        <Note
          label={resolveOff(thing) === undefined ? 'Note (required to resolve)' : 'Note (optional)'}
          value={note}
          onText={setNote}
        />
        <div className="row wrap">
          <ActionButton
            id="acknowledge"
            off={
              missing ??
              over ??
              busy ??
              (thing.status === 'acknowledged' ? 'It is acknowledged already' : undefined)
            }
            onAct={() => send('acknowledge')}
          >
            Acknowledge <kbd>A</kbd>
          </ActionButton>
          <ActionButton off={noResolve} onAct={() => send('resolve')}>
            Resolve
          </ActionButton>
          <ActionButton
            off={missing ?? busy ?? (note.trim() === '' ? 'Write a note first' : undefined)}
            onAct={() => send('note')}
          >
            Add the note
          </ActionButton>
        </div>
        {noResolve === undefined || over !== undefined ? null : (
          <p className="why-off">{missing === undefined ? `Resolve is off. ${noResolve}` : missing}.</p>
        )}
        {change.isError ? <Problem error={change.error} what="nothing was changed" /> : null}
        {notice.kind === 'alerts' ? (
          <>
            {over === undefined ? <Silence key={notice.thing.episode} alert={notice.thing} /> : null}
            <h3 className="sm t2">Told</h3>
            <Notified id={thing.id} />
            <p className="xs">
              <Link to="/alerts/told">Test a channel, or change who is told</Link>
            </p>
          </>
        ) : (
          <Links links={notice.thing.links} />
        )}
      </div>
      <Timeline kind={kind} id={thing.id} />
    </Card>
  );
};
