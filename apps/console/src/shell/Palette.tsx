import { Input } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState, type ReactElement } from 'react';
import { read, tenantStore } from '../api/client.js';
import { actionsQuery, bundlesQuery, devicesQuery, policiesQuery } from '../api/queries.js';
import { useSession } from '../api/session.js';
import { clockText, sentence, shortId } from '../format.js';
import { changeSettings, settings, themeOf } from '../state/settings.js';
import { cols } from '../ui/tables/Columns.js';
import { Dialog } from '../ui/dialogs/Dialog.js';
import { actionLook } from '../ui/states.js';
import { matching, pastedId, type Offer } from './palette.js';
import { copyLink } from '../ui/copy.js';

type Page = { readonly to: string; readonly label: string; readonly key: string };
type Doing = Offer & { readonly run: () => void };

const foundCols = cols('74px minmax(0, 1fr) auto', { phone: 'minmax(0, 1fr) auto', gap: 10 });

/**
 * Returns the kind of thing that an id names: it tries an action, a plan, an alert and an incident,
 * in this order. Returns undefined if it is none of them.
 */
const kindOfId = async (id: string): Promise<'action' | 'plan' | 'alert' | 'incident' | undefined> => {
  const tenant = tenantStore.get();
  const path = { id };
  const asks = [
    ['action', () => read('/api/v1/autonomous/actions/{id}', { path, tenant })],
    ['plan', () => read('/api/v1/autonomous/plans/{id}', { path, tenant })],
    ['alert', () => read('/api/v1/alerts/{id}', { path, tenant })],
    ['incident', () => read('/api/v1/incidents/{id}', { path, tenant })],
  ] as const;
  for (const [kind, ask] of asks) {
    const there = await ask().then(
      () => true,
      () => false,
    );
    if (there) return kind;
  }
  return undefined;
};

type PaletteProps = {
  readonly pages: readonly Page[];
  readonly onClose: () => void;
  readonly onStop: () => void;
  readonly onKeys: () => void;
};
/**
 * Finds pages, actions, devices, policies, rules and commands. A pasted id opens the page of the
 * thing that it names.
 */
export const Palette = ({ pages, onClose, onStop, onKeys }: PaletteProps): ReactElement => {
  const navigate = useNavigate();
  const { data: session } = useSession();
  const may = (scope: string): boolean => session?.scopes.some((one) => one === scope) === true;
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [note, setNote] = useState('');
  const list = useId();
  useEffect(() => document.getElementById(`${list}-${at}`)?.scrollIntoView({ block: 'nearest' }), [list, at]);
  const looking = useRef('');
  const entity = text.trim();
  const actions = useQuery({ ...actionsQuery({ limit: 50 }), enabled: may('AUTONOMOUS_READ') });
  const ofEntity = useQuery({
    ...actionsQuery({ entity_id: entity, limit: 10 }),
    enabled: may('AUTONOMOUS_READ') && entity.length >= 3 && !entity.includes(' '),
  });
  const devices = useQuery({ ...devicesQuery(), enabled: may('DEVICE_READ') });
  const bundles = useQuery({ ...bundlesQuery(), enabled: may('POLICY_READ') });
  const tenant = tenantStore.get() ?? session?.tenants[0];
  const policies = useQuery({
    ...policiesQuery(tenant ?? ''),
    enabled: may('POLICY_READ') && tenant !== undefined,
  });
  const go = (work: () => unknown) => (): void => {
    onClose();
    void work();
  };
  const found = [
    ...new Map(
      [...(ofEntity.data?.items ?? []), ...(actions.data?.items ?? [])].map((action) => [
        action.action_id,
        action,
      ]),
    ).values(),
  ];
  const doings: readonly Doing[] = [
    ...pages.map(({ to, label, key }): Doing => ({
      id: `page ${to}`,
      group: 'Pages',
      label,
      hint: `g ${key}`,
      run: go(() => navigate({ to })),
    })),
    {
      id: 'stop',
      group: 'Commands',
      label: 'Stop…',
      hint: 'Shift S',
      words: 'kill switch',
      run: go(onStop),
    },
    {
      id: 'approve',
      group: 'Commands',
      label: 'Approve…',
      hint: 'requests that wait for a person',
      words: 'confirm reject',
      run: go(() => navigate({ to: '/approvals' })),
    },
    {
      id: 'predict',
      group: 'Commands',
      label: 'Predict by hand…',
      hint: 'asks the twin',
      run: go(() => navigate({ to: '/twin' })),
    },
    {
      id: 'theme',
      group: 'Commands',
      label: 'Light or dark',
      hint: 'Shift D',
      words: 'theme',
      run: go(() => changeSettings({ theme: themeOf(settings.get()) === 'dark' ? 'light' : 'dark' })),
    },
    {
      id: 'exact',
      group: 'Commands',
      label: 'Exact times, or to the second',
      hint: 'Shift Z',
      words: 'milliseconds',
      run: go(() => changeSettings({ exact: !settings.get().exact })),
    },
    {
      id: 'zone',
      group: 'Commands',
      label: 'UTC or this browser’s zone',
      hint: 'z',
      words: 'time',
      run: go(() => changeSettings({ zone: settings.get().zone === 'utc' ? 'local' : 'utc' })),
    },
    { id: 'keys', group: 'Commands', label: 'Keys', hint: '?', words: 'help', run: go(onKeys) },
    {
      id: 'copy',
      group: 'Commands',
      label: 'Copy the address',
      hint: 'y',
      words: 'link',
      run: go(copyLink),
    },
    ...found.map((action): Doing => ({
      id: action.action_id,
      group: 'Actions',
      label: `${sentence(action.action_type)} ${action.entity_id.slice(0, 60)}`,
      hint: `${actionLook[action.state].word}${action.accepted_at === null ? '' : `, ${clockText(action.accepted_at, settings.get().zone)}`}`,
      words: `${action.action_id} ${action.agent}`,
      run: go(() => navigate({ to: '/actions/$id', params: { id: action.action_id } })),
    })),
    ...(devices.data?.items ?? []).map((device): Doing => ({
      id: `device ${device.device_id}`,
      group: 'Devices',
      label: device.device_id,
      hint: `site ${device.site_id}`,
      words: device.cells.map(({ cell_id: cell }) => cell).join(' '),
      run: go(() => navigate({ to: '/devices/$id', params: { id: device.device_id } })),
    })),
    ...(policies.data?.items ?? []).map((policy): Doing => ({
      id: `policy ${policy.policy_id}`,
      group: 'Policies',
      label: policy.name.slice(0, 80),
      hint: policy.decision,
      words: policy.policy_id,
      run: go(() => navigate({ to: '/policies' })),
    })),
    ...(bundles.data?.active?.rules ?? []).map((rule): Doing => ({
      id: `rule ${rule.id}`,
      group: 'Rules',
      label: rule.id,
      hint: rule.effect,
      words: rule.reason.slice(0, 200),
      run: go(() => navigate({ to: '/policies' })),
    })),
  ];
  const shown = matching(doings, text).flatMap(({ id }) => doings.find((doing) => doing.id === id) ?? []);
  const active = shown[Math.min(at, shown.length - 1)];
  const lookFor = async (id: string): Promise<void> => {
    if (looking.current === id) return;
    looking.current = id;
    setNote(`Looking for ${shortId(id)}…`);
    const kind = await kindOfId(id);
    if (looking.current !== id) return;
    if (kind === undefined) {
      setNote(`You have no access to anything with the id ${shortId(id)}.`);
      return;
    }
    onClose();
    if (kind === 'action') void navigate({ to: '/actions/$id', params: { id } });
    else if (kind === 'plan') void navigate({ to: '/plans/$id', params: { id } });
    else if (kind === 'incident') void navigate({ to: '/incidents/$id', params: { id } });
    else void navigate({ to: '/alerts', search: { id } });
  };
  const write = (value: string): void => {
    setText(value);
    setAt(0);
    setNote('');
    const id = pastedId(value);
    looking.current = id === undefined ? '' : looking.current;
    if (id !== undefined) void lookFor(id);
  };
  return (
    <Dialog opened onClose={onClose} title="Find" size={600}>
      <Input
        role="combobox"
        aria-expanded={shown.length > 0}
        aria-controls={list}
        aria-activedescendant={active === undefined ? undefined : `${list}-${shown.indexOf(active)}`}
        aria-label="Page, action, device, rule, command, or an id"
        placeholder="Page, action, device, rule, command, or a pasted id"
        data-autofocus
        value={text}
        maxLength={300}
        onChange={(event) => write(event.target.value)}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step !== undefined) {
            event.preventDefault();
            setAt((at + step + shown.length) % Math.max(1, shown.length));
          } else if (event.key === 'Enter') {
            event.preventDefault();
            active?.run();
          }
        }}
      />
      <p className="sm t2" role="status" style={{ minHeight: 20, margin: '6px 0' }}>
        {note !== '' ? note : shown.length === 0 ? 'No matches. Enter the full name to find an entity.' : ''}
      </p>
      <ul id={list} role="listbox" aria-label="Found" className="pal lines" style={foundCols}>
        {shown.map((doing, i) => (
          <li
            key={doing.id}
            id={`${list}-${i}`}
            role="option"
            className={doing === active ? 'sel' : undefined}
            aria-selected={doing === active}
            onClick={doing.run}
            onMouseMove={() => setAt(i)}
          >
            <span className="xs muted">{doing.group}</span>
            <bdi className="clip">{doing.label}</bdi>
            <span className="xs t2 clip">{doing.hint}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
};
