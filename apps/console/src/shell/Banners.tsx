import { Button } from '@mantine/core';
import { LinkButton } from '../ui/LinkButton.js';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { retryLive, streamState } from '../api/live.js';
import { postureQuery, statusQuery } from '../api/queries.js';
import { useMissingScope, useSession } from '../api/session.js';
import { clockText, durationText, sentence, zoneName } from '../format.js';
import { useNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { staleStore } from '../state/stale.js';
import { useStore } from '../state/store.js';
import { Glyph } from '../ui/glyphs.js';
import { ActionButton, Time } from '../ui/parts.js';
import { ReasonDialog } from '../ui/dialogs/ReasonDialog.js';
import { Receipt } from './Receipt.js';
import { unseenText } from './targets.js';
import { Unreached } from './Unreached.js';
import { engagingStore, receiptStore, useAskedAs, useStop } from './use-stop.js';
import {
  actorText,
  askedRelease,
  broadStops,
  narrowStops,
  scopeText,
  stopText,
  type Status,
  type Stop,
  type Use,
} from './stops.js';

/** The person who engaged a switch, the time and the reason. */
const Why = ({ use }: { readonly use: Use }): ReactElement => (
  <p className="long iso">
    Engaged by {actorText(use.engaged_by)} at <Time at={use.engaged_at} zoned />: {use.reason}
  </p>
);

/**
 * The form that releases one switch by its own scope and name. If the release needs two people, it
 * names the first one and leaves the second step to someone else.
 */
const Release = ({ stop: { target, tenant, use } }: { readonly stop: Stop }): ReactElement => {
  const { data: session } = useSession();
  const missing = useMissingScope('AUTONOMOUS_KILL');
  const mine = useAskedAs(tenant);
  const release = useStop();
  const [opened, setOpened] = useState(false);
  const asked = askedRelease(use, useNow());
  const act = asked === undefined ? 'Release…' : 'Release as the second person…';
  const what = stopText(target);
  const isMine = asked !== undefined && asked.by === mine;
  const off =
    missing ??
    (session?.tenants.includes(tenant) === true
      ? undefined
      : `Needs a token of the tenant ${tenant}, which this session does not have`) ??
    (release.isPending ? 'Still sending' : undefined) ??
    (isMine ? 'You requested the release. Another person must complete it' : undefined);
  return (
    <>
      {asked === undefined ? null : (
        <p>
          {isMine ? 'You asked' : `${sentence(actorText(asked.by))} asked`} for the release:{' '}
          <b>another person must release it</b> before <Time at={asked.expires_at} zoned />.
        </p>
      )}
      <ActionButton off={off} onAct={() => setOpened(true)}>
        {act}
        {what === target.scope ? null : <span className="vh"> {what}</span>}
      </ActionButton>
      <ReasonDialog
        opened={opened}
        onClose={() => setOpened(false)}
        title={
          asked === undefined ? 'Release the kill switch' : 'Release the kill switch as the second person'
        }
        act={asked === undefined ? 'Release' : 'Release as the second person'}
        send={release}
        onSend={(reason) =>
          release.mutate(
            { target, tenant, engaged: false, reason, rollback: false },
            { onSuccess: () => setOpened(false) },
          )
        }
      >
        <p>
          After the release, actions of{' '}
          <b>{what === target.scope ? scopeText(target.scope) : <bdi>{what}</bdi>}</b> may start again.
          {asked === undefined
            ? ' If a release takes two people, this requests it and another person completes it.'
            : ` ${sentence(actorText(asked.by))} asked for it.`}
        </p>
        {use === undefined ? null : <Why use={use} />}
      </ReasonDialog>
    </>
  );
};

/** A switch that stops everything, with its receipt and its release. */
const Broad = ({ stop }: { readonly stop: Stop }): ReactElement => {
  const receipt = useStore(receiptStore)[stop.tenant];
  const { use } = stop;
  return (
    <div>
      <b>Stopped{stop.target.scope === 'global' ? ' for all tenants' : ` for tenant ${stop.tenant}`}.</b> No
      action starts until a person releases it.
      {use === undefined ? null : (
        <>
          <Why use={use} />
          <div className="rc">
            <Receipt
              useId={use.use_id}
              tenant={stop.tenant}
              engaged={receipt?.use_id === use.use_id ? receipt : undefined}
            />
          </div>
        </>
      )}
      <Release stop={stop} />
    </div>
  );
};

/** The warning of a narrow stop whose target name was never seen. */
const Unseen = ({ stop }: { readonly stop: Stop }): ReactElement | null => {
  const receipt = useStore(receiptStore)[stop.tenant];
  return receipt?.use_id === stop.use?.use_id && receipt?.known === false ? (
    <span className="red"> {unseenText(receipt)}.</span>
  ) : null;
};

const Narrow = ({ stops }: { readonly stops: readonly Stop[] }): ReactElement => (
  <div>
    <b>{stops.length === 1 ? 'One kill switch stops' : `${stops.length} kill switches stop`} some actions.</b>
    <ul>
      {stops.map((stop) => (
        <li key={stopText(stop.target)} className="long">
          No action of <bdi>{stopText(stop.target)}</bdi> starts
          {stop.use === undefined ? null : (
            <>
              {' '}
              (<Time at={stop.use.engaged_at} zoned />, {actorText(stop.use.engaged_by)}: {stop.use.reason})
            </>
          )}
          .<Unseen stop={stop} /> <Release stop={stop} />
        </li>
      ))}
    </ul>
  </div>
);

/** All engaged switches in one banner. Those that stop everything come first. */
const Stopped = ({ status }: { readonly status: Status }): ReactElement => {
  const broad = broadStops(status);
  const narrow = narrowStops(status);
  const kind = broad.length === 0 ? 'yellow' : 'red';
  return (
    <div className={`banner k-${kind}`} role={broad.length === 0 ? 'status' : 'alert'}>
      <Glyph name="oct" kind={kind} size={18} />
      <div className="col" style={{ gap: 10 }}>
        {broad.map((stop) => (
          <Broad key={stop.target.scope} stop={stop} />
        ))}
        {narrow.length === 0 ? null : <Narrow stops={narrow} />}
      </div>
    </div>
  );
};

const Red = ({ why }: { readonly why: string | undefined }): ReactElement => (
  <div className="banner k-red" role="status">
    <Glyph name="oct" kind="red" size={18} />
    <div>
      <b>Posture RED.</b> No action runs without a person. {why}
    </div>
    <LinkButton to="/posture">What would clear it</LinkButton>
  </div>
);

/** A stop that was sent and is not acknowledged yet. */
const Engaging = (): ReactElement | null => {
  const tenant = useStore(engagingStore);
  return tenant === undefined ? null : (
    <div className="banner k-red" role="status">
      <Glyph name="oct" kind="red" size={18} />
      <div>
        <b>Engaging for tenant {tenant}…</b> Sent, not acknowledged yet. It is tried again until it is.
      </div>
    </div>
  );
};

const Since = ({ at }: { readonly at: number }): ReactElement => (
  <span className="nw">{durationText(useNow() - at)}</span>
);

const Offline = (): ReactElement | null => {
  const stream = useStore(streamState);
  const stale = useStore(staleStore);
  const { zone } = useStore(settings);
  if (stream.kind !== 'offline') return null;
  return (
    <div className="banner k-unk" role="status">
      <Glyph name="none" kind="unk" size={18} />
      <div>
        <b>
          {stream.lost === 'log' ? 'The event log has not answered' : 'Offline'} since{' '}
          {clockText(stream.since, zone)} {zoneName(zone)}.
        </b>{' '}
        {stale ? (
          <>
            This page is <Since at={stream.since} /> old. Only stopping and rejecting work.{' '}
            <b>Stop still works.</b>
          </>
        ) : (
          'This page shows the state at that time and retries every 15 s.'
        )}
      </div>
      <Button onClick={() => retryLive.get()()}>Try now</Button>
    </div>
  );
};

/**
 * At most two banners, in this order of priority: stopped, RED, offline, nobody notified. If the
 * offline banner has no room, the header still shows that state.
 */
export const Banners = (): ReactElement => {
  const { data: status } = useQuery(statusQuery());
  const { data: posture } = useQuery(postureQuery());
  const stops = status !== undefined && broadStops(status).length + narrowStops(status).length > 0;
  const red = posture?.effective === 'RED';
  return (
    <>
      {stops ? <Stopped status={status} /> : <Engaging />}
      {red ? <Red why={posture.effective_reasons[0]?.detail} /> : null}
      {stops && red ? null : <Offline />}
      {stops || red ? null : <Unreached />}
    </>
  );
};
