import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { retryLive, streamState } from '../api/live.js';
import { postureQuery, statusQuery } from '../api/queries.js';
import { useMissingScope, useSession } from '../api/session.js';
import { clockText, durationText, sentence, zoneName } from '../format.js';
import { useNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { staleStore } from '../state/stale.js';
import { useStore } from '../state/store.js';
import { Glyph } from '../ui/glyphs.js';
import { Act, Problem, Time } from '../ui/parts.js';
import { receiptStore, receiptText, useAskedAs, useStop } from './StopDialog.js';
import { actorText, askedRelease, broadStops, isStopped, narrowStops, stopText, type Stop } from './stops.js';

/** Releases one switch with its own scope and name; where a release takes two, it says who asked and leaves it to somebody else. */
const Release = ({ stop: { target, tenant, use } }: { readonly stop: Stop }): ReactElement => {
  const { data: session } = useSession();
  const missing = useMissingScope('AUTONOMOUS_KILL');
  const mine = useAskedAs(tenant);
  const release = useStop();
  const asked = askedRelease(use, useNow());
  const isMine = asked !== undefined && asked.by === mine;
  const off =
    missing ??
    (session?.tenants.includes(tenant) === true
      ? undefined
      : `Needs a token of the tenant ${tenant}, which this session does not have`) ??
    (release.isPending ? 'It is being sent' : undefined) ??
    (isMine ? 'You asked for the release: another person must release it' : undefined);
  return (
    <>
      {asked === undefined ? null : (
        <p>
          {isMine ? 'You asked' : `${sentence(actorText(asked.by))} asked`} for the release:{' '}
          <b>another person must release it</b> before <Time at={asked.expires_at} zoned />.
        </p>
      )}
      {release.isError ? <Problem error={release.error} what="nothing was released" /> : null}
      <Act
        off={off}
        onAct={() => {
          release.mutate({
            target,
            tenant,
            engaged: false,
            reason: 'released from the console',
            rollback: false,
          });
        }}
      >
        {release.isPending ? 'Sending…' : asked === undefined ? 'Release…' : 'Release as the second person'}
        {stopText(target) === target.scope ? null : <span className="vh"> {stopText(target)}</span>}
      </Act>
    </>
  );
};

const Broad = ({ stop }: { readonly stop: Stop }): ReactElement => {
  const receipt = useStore(receiptStore)[stop.tenant];
  const { use } = stop;
  return (
    <div className="banner k-red" role="alert">
      <Glyph name="oct" kind="red" size={18} />
      <div>
        <b>Stopped{stop.target.scope === 'global' ? ' for all tenants' : ''}.</b> No action starts until
        somebody releases it.
        {use === undefined ? null : (
          <div className="rc">
            <span>
              since <Time at={use.engaged_at} zoned />
            </span>
            {receipt?.use_id === use.use_id ? <span>{receiptText(receipt)}</span> : null}
          </div>
        )}
        <Release stop={stop} />
      </div>
    </div>
  );
};

/** Every switch that is engaged: one banner for each that stops everything, one for all that stop some actions. */
const Stopped = (): ReactElement | null => {
  const { data: status } = useQuery(statusQuery());
  if (status === undefined) return null;
  const narrow = narrowStops(status);
  return (
    <>
      {broadStops(status).map((stop) => (
        <Broad key={stop.target.scope} stop={stop} />
      ))}
      {narrow.length === 0 ? null : (
        <div className="banner k-yellow" role="status">
          <Glyph name="oct" kind="yellow" size={18} />
          <div>
            <b>
              {narrow.length === 1 ? 'One kill switch stops' : `${narrow.length} kill switches stop`} some
              actions.
            </b>
            <ul>
              {narrow.map((stop) => (
                <li key={stopText(stop.target)} className="long">
                  No action of <bdi>{stopText(stop.target)}</bdi> starts
                  {stop.use === undefined ? null : (
                    <>
                      , since <Time at={stop.use.engaged_at} zoned />
                    </>
                  )}
                  . <Release stop={stop} />
                </li>
              ))}
            </ul>
          </div>
        </div>
      )}
    </>
  );
};

const Red = (): ReactElement | null => {
  const { data } = useQuery(postureQuery());
  if (data?.effective !== 'RED') return null;
  return (
    <div className="banner k-red" role="status">
      <Glyph name="oct" kind="red" size={18} />
      <div>
        <b>Posture RED.</b> Nothing acts by itself. {data.effective_reasons[0]?.detail}
      </div>
      <Link to="/posture" className="btn">
        What would clear it
      </Link>
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
          Offline since {clockText(stream.since, zone)} {zoneName(zone)}.
        </b>{' '}
        {stale ? (
          <>
            What you see was known then, <Since at={stream.since} /> ago, so nothing acts but what stops and
            refuses. <b>Stop works: it has its own way.</b>
          </>
        ) : (
          'What you see was known then; it is asked for again every 15 s.'
        )}
      </div>
      <button
        type="button"
        className="btn"
        onClick={() => {
          retryLive.get()();
        }}
      >
        Try now
      </button>
    </div>
  );
};

/** At most two, in this order: stopped, RED, offline. */
export const Banners = (): ReactElement => {
  const { data: status } = useQuery(statusQuery());
  const { data: posture } = useQuery(postureQuery());
  const both = isStopped(status) && posture?.effective === 'RED';
  return (
    <>
      <Stopped />
      <Red />
      {both ? null : <Offline />}
    </>
  );
};
