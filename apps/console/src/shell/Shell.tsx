import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { Fragment, lazy, Suspense, useEffect, type ReactElement } from 'react';
import { isLoud } from '../alerts/words.js';
import { alertsQuery, inboxQuery } from '../api/queries.js';
import { tenantStore } from '../api/client.js';
import { useSession } from '../api/session.js';
import { requestedChange } from '../state/change.js';
import { serverNow } from '../state/clock.js';
import { changeSettings, settings, themeOf } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { openStop, shellDialog } from './dialogs.js';
import { cols } from '../ui/tables/Columns.js';
import { Icon, type IconName } from '../ui/glyphs.js';
import { Banners } from './Banners.js';
import { LinksMade } from './LinksMade.js';
import { NoRole } from './NoRole.js';
import { Header } from './Header.js';
import { KeysDialog } from './KeysDialog.js';
import { useNotice } from './notice.js';
import { StopDialog } from './StopDialog.js';
import { useKeptFocus } from './keep-focus.js';
import { useKeys } from './keys.js';
import { Tooltip } from '../ui/Tooltip.js';
import { Notifications } from './Notifications.js';

const Palette = lazy(async () => ({ default: (await import('./Palette.js')).Palette }));

type Page = { readonly to: string; readonly label: string; readonly icon: IconName; readonly key: string };
const groups: readonly { readonly name: string | null; readonly pages: readonly Page[] }[] = [
  {
    name: null,
    pages: [
      { to: '/', label: 'Overview', icon: 'overview', key: 'o' },
      { to: '/approvals', label: 'Approvals', icon: 'approvals', key: 'p' },
      { to: '/actions', label: 'Actions', icon: 'actions', key: 'a' },
      { to: '/plans', label: 'Plans', icon: 'plans', key: 'l' },
      { to: '/alerts', label: 'Alerts', icon: 'alerts', key: 't' },
      { to: '/figures', label: 'Figures', icon: 'figures', key: 'f' },
    ],
  },
  {
    name: 'Govern',
    pages: [
      { to: '/studio', label: 'Policy studio', icon: 'studio', key: 's' },
      { to: '/policies', label: 'Policies', icon: 'policies', key: 'i' },
      { to: '/autonomy', label: 'Autonomy', icon: 'autonomy', key: 'u' },
      { to: '/posture', label: 'Posture', icon: 'posture', key: 'r' },
    ],
  },
  {
    name: 'Network',
    pages: [
      { to: '/devices', label: 'Devices', icon: 'devices', key: 'd' },
      { to: '/twin', label: 'Twin', icon: 'twin', key: 'w' },
    ],
  },
  {
    name: 'Evidence',
    pages: [
      { to: '/audit', label: 'Audit', icon: 'audit', key: 'e' },
      { to: '/privacy', label: 'Privacy', icon: 'lock', key: 'v' },
    ],
  },
];
const settingsPage: Page = { to: '/settings', label: 'Settings', icon: 'settings', key: ',' };
const everyPage = [...groups.flatMap(({ pages }) => pages), settingsPage];
/** The tabs of a phone, which has room for four. Plans and figures are on the page More. */
const tabs = (groups[0]?.pages ?? []).filter(({ to }) => to !== '/plans' && to !== '/figures');

/**
 * The counts in the navigation: requests that this user may decide, and alerts that need attention.
 */
const useCounts = (): {
  readonly by: { readonly [to: string]: { readonly n: number; readonly kind: string } };
  readonly waiting: number;
  readonly known: boolean;
} => {
  const { data: session } = useSession();
  const may = (scope: string): boolean => session?.scopes.some((one) => one === scope) === true;
  const enabled = { enabled: may('AUTONOMOUS_READ') };
  const inbox = useQuery({ ...inboxQuery({ view: 'mine' }), ...enabled });
  const alerts = useQuery({ ...alertsQuery(), enabled: may('ALERT_READ') });
  const waiting = inbox.data?.mine ?? 0;
  const loud = (alerts.data?.items ?? []).filter((alert) => isLoud(alert, serverNow())).length;
  return {
    by: { '/approvals': { n: waiting, kind: 'yellow' }, '/alerts': { n: loud, kind: 'red' } },
    waiting,
    known: inbox.data !== undefined,
  };
};

type NavLinkProps = {
  readonly page: Page;
  readonly counts: ReturnType<typeof useCounts>['by'];
  /** True if the name and the keys are shown in a tooltip. */
  readonly hint?: boolean;
};
const NavLink = ({ page, counts, hint = false }: NavLinkProps): ReactElement => {
  const count = counts[page.to];
  return (
    <Tooltip label={hint ? `${page.label} (g ${page.key})` : undefined} position="right">
      <Link
        to={page.to}
        activeOptions={{ exact: page.to === '/', includeSearch: false }}
        activeProps={{ 'aria-current': 'page' }}
      >
        <Icon name={page.icon} size={hint ? 16 : 20} />
        {page.label}
        {count === undefined || count.n === 0 ? null : (
          <span className={`n k-${count.kind}`}>
            {count.n}
            <span className="vh"> waiting</span>
          </span>
        )}
      </Link>
    </Tooltip>
  );
};

export const Shell = (): ReactElement => {
  const navigate = useNavigate();
  const asked = useStore(requestedChange);
  // If a write became a change request because it would loosen a setting, open the page of that
  // request.
  useEffect(() => {
    if (asked === undefined) return;
    requestedChange.set(undefined);
    const { id, tenant: of } = asked;
    void navigate({
      to: '/changes/$id',
      params: { id },
      search: (old) => (of === undefined ? old : { ...old, tenant: of }),
    });
  }, [asked, navigate]);
  const tenant = useStore(tenantStore);
  const counts = useCounts();
  const dialog = useStore(shellDialog);
  const close = (): void => shellDialog.set(undefined);
  const stop = openStop;
  const find = (): void => shellDialog.set('find');
  useNotice(counts.waiting, counts.known);
  useKeptFocus();
  useKeys({
    ...Object.fromEntries(
      everyPage.map((page) => [`g ${page.key}`, () => void navigate({ to: page.to })] as const),
    ),
    'Shift+s': stop,
    'Ctrl+k': find,
    'Shift+d': () => changeSettings({ theme: themeOf(settings.get()) === 'dark' ? 'light' : 'dark' }),
    z: () => changeSettings({ zone: settings.get().zone === 'utc' ? 'local' : 'utc' }),
    'Shift+z': () => changeSettings({ exact: !settings.get().exact }),
    '?': () => shellDialog.set('keys'),
  });
  return (
    <div className="app">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Header onStop={stop} onFind={find} />
      <nav className="side" aria-label="Main">
        {groups.map(({ name, pages }) => (
          <div key={name ?? 'first'} className="col">
            {name === null ? null : <h2>{name}</h2>}
            {pages.map((page) => (
              <NavLink key={page.to} page={page} counts={counts.by} hint />
            ))}
          </div>
        ))}
        <div className="col">
          <NavLink page={settingsPage} counts={counts.by} hint />
        </div>
        <div className="foot">
          <Button variant="subtle" size="sm" onClick={() => shellDialog.set('keys')}>
            <kbd>?</kbd> <span>Keys</span>
          </Button>
        </div>
      </nav>
      <main id="main" tabIndex={-1}>
        {/* The key remounts the page when the tenant changes, so that no input or dialog is
            carried over. */}
        <Fragment key={tenant ?? ''}>
          <LinksMade />
          <NoRole />
          <Banners />
          <Outlet />
        </Fragment>
        <div id="floating" />
      </main>
      <nav className="tabs" aria-label="Main, phone">
        {tabs.map((page) => (
          <NavLink key={page.to} page={page} counts={counts.by} />
        ))}
        <Link to="/more" activeProps={{ 'aria-current': 'page' }}>
          <Icon name="more" size={20} />
          More
        </Link>
      </nav>
      <Notifications />
      <StopDialog opened={dialog === 'stop'} onClose={close} />
      <KeysDialog opened={dialog === 'keys'} onClose={close} pages={everyPage} />
      {dialog === 'find' ? (
        <Suspense fallback={null}>
          <Palette pages={everyPage} onClose={close} onStop={stop} onKeys={() => shellDialog.set('keys')} />
        </Suspense>
      ) : null}
    </div>
  );
};

/** Links to the pages for which the phone's tabs have no room. */
export const MorePage = (): ReactElement => (
  <div>
    <div className="ph">
      <h1>More</h1>
    </div>
    <ul className="card lines" style={cols('1fr', { pad: 0 })}>
      {everyPage
        .filter((page) => !tabs.includes(page))
        .map((page) => (
          <li key={page.to}>
            <Link to={page.to} className="row" style={{ color: 'inherit', minHeight: 44, gap: 12 }}>
              <Icon name={page.icon} size={20} />
              {page.label}
            </Link>
          </li>
        ))}
    </ul>
  </div>
);
