import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { streamState } from '../api/live.js';
import { postureQuery, statusQuery } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { clockText, zoneName } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Glyph } from '../ui/glyphs.js';
import { Act, Problem, Time } from '../ui/parts.js';
import { receiptStore, receiptText, useStop } from './StopDialog.js';

const Stopped = (): ReactElement | null => {
  const status = useQuery(statusQuery());
  const receipt = useStore(receiptStore);
  const missing = useMissingScope('AUTONOMOUS_KILL');
  const release = useStop();
  if (status.data?.kill_switch.engaged !== true) return null;
  const everywhere = status.data.kill_switch.switches.some(
    ({ stream, engaged }) => engaged && stream.startsWith('kill_switch-_system'),
  );
  return (
    <div className="banner k-red" role="alert">
      <Glyph name="oct" kind="red" size={18} />
      <div>
        <b>Stopped{everywhere ? ' for all tenants' : ''}.</b> No action starts until somebody releases it.
        {receipt?.engaged === true ? (
          <div className="rc">
            <span>
              since <Time at={receipt.engaged_at} zoned />
            </span>
            <span>{receiptText(receipt)}</span>
          </div>
        ) : null}
        {release.isError ? <Problem error={release.error} /> : null}
      </div>
      <Act
        off={missing}
        onAct={() => {
          release.mutate({
            scope: everywhere ? 'global' : 'tenant',
            engaged: false,
            reason: 'released from the console',
            rollback: false,
          });
        }}
      >
        {release.isPending ? 'Sending…' : 'Release…'}
      </Act>
    </div>
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

const Offline = (): ReactElement | null => {
  const stream = useStore(streamState);
  const { zone } = useStore(settings);
  if (stream.kind !== 'offline') return null;
  return (
    <div className="banner k-unk" role="status">
      <Glyph name="none" kind="unk" size={18} />
      <div>
        <b>
          Offline since {clockText(stream.since, zone)} {zoneName(zone)}.
        </b>{' '}
        What you see was known then; it is asked for again every 15 s.
      </div>
    </div>
  );
};

/** At most two, in this order: stopped, RED, offline. */
export const Banners = (): ReactElement => {
  const { data: status } = useQuery(statusQuery());
  const { data: posture } = useQuery(postureQuery());
  const both = status?.kill_switch.engaged === true && posture?.effective === 'RED';
  return (
    <>
      <Stopped />
      <Red />
      {both ? null : <Offline />}
    </>
  );
};
