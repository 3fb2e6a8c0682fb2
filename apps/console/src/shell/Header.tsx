import { Avatar, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { streamState } from '../api/live.js';
import { brakeQuery, postureQuery, statusQuery } from '../api/queries.js';
import { tenantStore } from '../api/client.js';
import { signOut, useSession } from '../api/session.js';
import { clockText, zoneName } from '../format.js';
import { useNow } from '../state/clock.js';
import { changeSettings, settings, themeOf } from '../state/settings.js';
import { staleStore } from '../state/stale.js';
import { useStore } from '../state/store.js';
import { Choice } from '../ui/forms/Choice.js';
import { Glyph, Icon, LockIcon, lockWord } from '../ui/glyphs.js';
import { lookOfLevel } from '../ui/states.js';
import { Tooltip } from '../ui/Tooltip.js';
import { isStopped } from './stops.js';

const Clock = (): ReactElement => {
  const now = useNow();
  const { zone } = useStore(settings);
  return (
    <Tooltip label="Switch the zone of all times (Z)">
      <Button
        className="t2 desk nw clock"
        variant="subtle"

        onClick={() => changeSettings({ zone: zone === 'utc' ? 'local' : 'utc' })}
      >
        {clockText(now, zone)} {zoneName(zone)}
      </Button>
    </Tooltip>
  );
};

const Stream = (): ReactElement => {
  const stream = useStore(streamState);
  const { zone } = useStore(settings);
  if (stream.kind === 'live')
    return (
      <span className="live desk" role="status">
        Live
      </span>
    );
  return (
    <span className="t2 desk nw" role="status">
      {stream.kind === 'connecting'
        ? 'Catching up'
        : `${stream.lost === 'log' ? 'Log silent' : 'Offline'} since ${clockText(stream.since, zone)}, showing what was known then`}
    </span>
  );
};

/** The state of the system, shown on every page: posture, lock and brake. */
const Strip = (): ReactElement => {
  const posture = useQuery(postureQuery());
  const brake = useQuery(brakeQuery());
  const look = lookOfLevel(posture.data?.effective);
  const locked = posture.data?.inputs.trust_locked;
  const stream = useStore(streamState);
  const { zone } = useStore(settings);
  const known = useStore(staleStore) && stream.kind === 'offline' ? clockText(stream.since, zone) : undefined;
  return (
    <div className="strip" role="group" aria-label="System state">
      <Link to="/posture" className={`lvl k-${look.kind}`}>
        <Glyph name={look.glyph} kind={look.kind} size={13} /> {look.word}
        {known === undefined ? '' : ` at ${known}`}
      </Link>
      <Link to="/posture">
        {locked === undefined ? <Icon name="unlock" size={14} /> : <LockIcon locked={locked} size={14} />}{' '}
        {locked === undefined ? 'Lock unknown' : lockWord(locked)}
      </Link>
      <Link to="/posture">
        <Icon name="brake" size={14} />{' '}
        {brake.data === undefined ? 'Brake unknown' : brake.data.engaged ? 'Brake ON' : 'Brake off'}
      </Link>
    </div>
  );
};

const wholeWidth = { inner: { flex: 1 }, label: { flex: 1 } };
const initialsLook = {
  placeholder: { background: 'var(--accent-bg)', color: 'var(--accent)', fontSize: 11, fontWeight: 600 },
};

type HeaderProps = {
  readonly onStop: () => void;
  readonly onFind: () => void;
};
export const Header = ({ onStop, onFind }: HeaderProps): ReactElement => {
  const navigate = useNavigate();
  const { data: session } = useSession();
  const status = useQuery(statusQuery());
  const chosen = useStore(tenantStore);
  const { theme } = useStore(settings);
  const engaged = isStopped(status.data);
  const tenants = session?.tenants ?? [];
  const initials = (session?.name ?? '')
    .split(' ')
    .map((word) => word.charAt(0).toUpperCase())
    .join('')
    .slice(0, 2);
  return (
    <header className="top">
      <Link className="brand" to="/" aria-label="Interlock, overview">
        <svg width="18" height="18" stroke="var(--accent)" strokeWidth="2" fill="none" aria-hidden="true">
          <rect x="1" y="1" width="16" height="16" rx="4" />
          <path d="M5 9h8M9 5v8" />
        </svg>
        <span>Interlock</span>
      </Link>
      {tenants.length > 1 ? (
        <label className="tenant row desk" style={{ flex: 'none', gap: 7 }}>
          <span className="muted">Tenant</span>
          <Choice
            value={chosen ?? tenants[0] ?? ''}
            variant="unstyled"
            style={{ flex: 'none', width: 'auto' }}
            rightSection={<Icon name="down" size={12} />}
            rightSectionWidth={18}
            choices={tenants}
            onChoose={(tenant) => void navigate({ to: '.', search: { tenant } })}
          />
        </label>
      ) : (
        <span className="tenant row desk" style={{ gap: 7 }}>
          <span className="muted">Tenant</span> <bdi>{tenants[0]}</bdi>
        </span>
      )}
      <Tooltip label="Find (Ctrl K)">
        <Button
          className="find desk muted"

          w={{ base: 36, md: 270 }}
          styles={wholeWidth}
          onClick={onFind}
        >
          <Icon name="find" size={14} /> <span>Find</span> <kbd className="ml">Ctrl K</kbd>
        </Button>
      </Tooltip>
      <span className="grow" />
      <Strip />
      <Stream />
      <Clock />
      <Tooltip label="Switch between light and dark (Shift D)">
        <Button
          className="desk"
          variant="choice"
          px={0}
          w={28}
          flex="none"
          aria-label="Switch between light and dark"
          onClick={() =>
            changeSettings({ theme: themeOf({ ...settings.get(), theme }) === 'dark' ? 'light' : 'dark' })
          }
        >
          <Icon name="moon" size={15} />
        </Button>
      </Tooltip>
      <Tooltip label={`Signed in as ${session?.name ?? 'nobody'}: sign out`}>
        <Button
          className="desk"
          variant="choice"
          px={0}
          w={28}
          flex="none"
          aria-label={`${initials}: signed in as ${session?.name ?? 'nobody'}, sign out`}
          onClick={() => void signOut().then((elsewhere) => location.assign(elsewhere ?? '/login'))}
        >
          <Avatar size={26} styles={initialsLook} aria-hidden="true">
            {initials}
          </Avatar>
        </Button>
      </Tooltip>
      <Tooltip label="Open the kill switch (Shift S)">
        <Button variant={engaged ? 'stopped' : 'stop'} onClick={onStop}>
          <Icon name="stop" size={15} /> {engaged ? 'Stopped' : 'Stop…'}
        </Button>
      </Tooltip>
    </header>
  );
};
