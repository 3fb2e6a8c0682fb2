import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type CSSProperties, type ReactElement } from 'react';
import { endAllSessions, endSession, readSessions, signOut, useSession } from '../api/session.js';
import { useSend } from '../api/send.js';
import { People } from './People.js';
import { movable, readRemap, type Movable } from '../shell/remap.js';
import { changeSettings, settings, themeOf } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { counted, zoneName } from '../format.js';
import { cols, Columns } from '../ui/tables/Columns.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { ActionButton, Card, Head, Problem, Time } from '../ui/parts.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';

const onOff = { on: 'On', off: 'Off' } as const;
const flag = (value: boolean): 'on' | 'off' => (value ? 'on' : 'off');

type RowProps = {
  readonly name: string;
  readonly hint: string;
  readonly children: ReactElement;
};
const Row = ({ name, hint, children }: RowProps): ReactElement => (
  <div>
    <span className="fw">{name}</span>
    <div className="col" style={{ gap: 4, alignItems: 'start' }}>
      {children}
      <span className="sm muted">{hint}</span>
    </div>
  </div>
);

const Look = (): ReactElement => {
  const now = useStore(settings);
  const [refused, setRefused] = useState(false);
  const wantNotify = async (): Promise<void> => {
    const answer = 'Notification' in globalThis ? await Notification.requestPermission() : 'denied';
    setRefused(answer !== 'granted');
    changeSettings({ notify: answer === 'granted' });
  };
  return (
    <Card title="This browser" right="kept only in this browser">
      <div
        className="lines"
        style={cols('150px minmax(0, 1fr)', {
          phone: 'minmax(0, 1fr)',
          gap: '4px 12px',
          pad: 10,
          align: 'baseline',
        })}
      >
        <Row name="Theme" hint={`System: ${themeOf({ ...now, theme: 'auto' })} now. Shift D switches.`}>
          <SegmentedControl
            label="Theme"
            value={now.theme}
            choices={{ auto: 'System', light: 'Light', dark: 'Dark' }}
            onChoose={(theme) => changeSettings({ theme })}
          />
        </Row>
        <Row name="Rows" hint="On touch screens, rows are always 44 px high.">
          <SegmentedControl
            label="Rows"
            value={now.density}
            choices={{ compact: 'Compact', comfortable: 'Comfortable' }}
            onChoose={(density) => changeSettings({ density })}
          />
        </Row>
        <Row name="Times" hint="Every time names its zone. Z switches.">
          <SegmentedControl
            label="Zone of all times"
            value={now.zone}
            choices={{
              utc: 'UTC',
              local: `This browser’s (${Intl.DateTimeFormat().resolvedOptions().timeZone})`,
            }}
            onChoose={(zone) => changeSettings({ zone })}
          />
        </Row>
        <Row name="Precision" hint="Exact times are RFC 3339, in UTC. Shift Z switches.">
          <SegmentedControl
            label="Precision of all times"
            value={now.exact ? 'exact' : 'seconds'}
            choices={{ seconds: 'Seconds', exact: 'Exact' }}
            onChoose={(precision) => changeSettings({ exact: precision === 'exact' })}
          />
        </Row>
        <Row name="Sound" hint="A short tone when something starts to wait for a person.">
          <SegmentedControl
            label="Sound"
            value={flag(now.sound)}
            choices={onOff}
            onChoose={(value) => changeSettings({ sound: value === 'on' })}
          />
        </Row>
        <Row
          name="Notification"
          hint={
            refused
              ? 'The browser blocks notifications for this address.'
              : 'Shown by the browser, also while another tab is open.'
          }
        >
          <SegmentedControl
            label="Notification"
            value={flag(now.notify)}
            choices={onOff}
            onChoose={(value) => {
              if (value === 'on') void wantNotify();
              else changeSettings({ notify: false });
            }}
          />
        </Row>
      </div>
    </Card>
  );
};

const Keys = (): ReactElement => {
  const now = useStore(settings);
  const move = (key: Movable, to: string): void => {
    const { [key]: _old, ...rest } = now.remap;
    changeSettings({ remap: readRemap(to === '' ? rest : { ...rest, [key]: to }) });
  };
  return (
    <Card
      title="Single keys"
      right={
        <SegmentedControl
          label="Single keys"
          value={flag(now.keys)}
          choices={onOff}
          onChoose={(value) => changeSettings({ keys: value === 'on' })}
        />
      }
    >
      <div className="b">
        <p className="sm t2" style={{ marginBottom: 10 }}>
          Single keys only move the focus; none sends anything. After you move a key, its old place does
          nothing.
        </p>
        <div
          className="grid"
          style={
            {
              ...cols('minmax(0, 1fr) 90px', { gap: '6px 10px' }),
              '--input-text-align': 'center',
            } as CSSProperties
          }
        >
          {(Object.entries(movable) as readonly (readonly [Movable, string])[]).map(([key, what]) => (
            <TextInput
              key={key}
              label={
                <>
                  <span>
                    {what} <kbd>{key}</kbd>
                  </span>
                </>
              }
              style={{ display: 'contents' }}
              className="mono"
              maxLength={1}
              value={now.remap[key] ?? key}
              aria-label={`Key for: ${what}`}
              onChange={(event) => move(key, event.target.value.toLowerCase())}
            />
          ))}
        </div>
        <div className="row" style={{ marginTop: 10 }}>
          <Button size="sm" onClick={() => changeSettings({ remap: {} })}>
            Reset all keys
          </Button>
        </div>
      </div>
    </Card>
  );
};

const Person = (): ReactElement => {
  const { data: session } = useSession();
  const navigate = useNavigate();
  const leave = useSend(
    async (everywhere: boolean) => (everywhere ? endAllSessions().then(() => undefined) : signOut()),
    [],
  );
  const go = (everywhere: boolean): void =>
    leave.mutate(everywhere, {
      onSuccess: (elsewhere) => {
        if (elsewhere === undefined) void navigate({ to: '/login', reloadDocument: true });
        else location.assign(elsewhere);
      },
    });
  if (session === null || session === undefined) return <span />;
  return (
    <Card title="You">
      <div className="b col" style={{ gap: 10 }}>
        <dl className="kv">
          <dt>Name</dt>
          <dd>
            <bdi>{session.name}</bdi>
          </dd>
          <dt>Role</dt>
          <dd>{session.role}</dd>
          <dt>Tenants</dt>
          <dd className="mono">{session.tenants.join(', ')}</dd>
          <dt>Signed in until</dt>
          <dd>
            <Time at={session.expires_at} zoned />
          </dd>
        </dl>
        <div>
          <div className="sm t2">Permissions of the role</div>
          <div className="row wrap" style={{ gap: 5 }}>
            {session.scopes.map((scope) => (
              <span key={scope} className="tag mono">
                {scope}
              </span>
            ))}
          </div>
        </div>
        <div className="row wrap">
          <ActionButton off={leave.isPending ? 'Still ending' : undefined} onAct={() => go(false)}>
            Sign out here
          </ActionButton>
          <ConfirmButton
            variant="danger"
            off={leave.isPending ? 'Still ending' : undefined}
            confirm="Yes, end all my sessions"
            onAct={() => go(true)}
          >
            Sign out on every device
          </ConfirmButton>
        </div>
        {leave.isError ? <Problem error={leave.error} what="no session was ended" /> : null}
      </div>
    </Card>
  );
};

const SessionList = (): ReactElement | null => {
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: readSessions, retry: false });
  const end = useSend(endSession, ['sessions'], 'The session was ended.');
  const { data } = sessions;
  if (data === null || data === undefined) return null;
  return (
    <Card title="Sessions" right={counted(data.length, 'session')}>
      <ul className="lines" style={cols('minmax(0, 1fr)', { gap: 8 })}>
        {data.map((one) => (
          <li key={one.session_id}>
            <span className="row wrap">
              <b>
                <bdi>{one.name}</bdi>
              </b>
              {one.current ? <span className="tag">this one</span> : null}
              <span className="sm muted">
                since <Time at={one.began_at} zoned />
              </span>
              <span className="grow" />
              <ActionButton
                size="sm"
                label={`End the session of ${one.name}`}
                off={
                  (one.current ? 'Sign out to end this session' : undefined) ??
                  (end.isPending ? 'Still ending' : undefined)
                }
                onAct={() => end.mutate(one.session_id)}
              >
                End
              </ActionButton>
            </span>
            <span className="xs t2 long iso">{one.user_agent ?? 'an unknown browser'}</span>
          </li>
        ))}
      </ul>
      {end.isError ? <Problem error={end.error} what="no session was ended" /> : null}
    </Card>
  );
};

export const SettingsPage = (): ReactElement => {
  const { zone } = useStore(settings);
  return (
    <div>
      <Head title="Settings">
        <span className="sub hide-m">Times are shown in {zoneName(zone)}</span>
      </Head>
      <Columns side={388}>
        <div>
          <Look />
          <Keys />
        </div>
        <div>
          <Person />
          <People />
          <SessionList />
        </div>
      </Columns>
    </div>
  );
};
