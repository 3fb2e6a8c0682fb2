import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
  type RouteComponent,
} from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { actionsSearchIn } from './action/lists/action-filters.js';
import type { ApprovalsSearch } from './action/approval-filters.js';
import { approvalsSearchIn } from './action/approvals-search.js';
import { changesSearchIn } from './action/changes/change-filters.js';
import { alertsSearchIn } from './alerts/filters.js';
import { devicesSearchIn } from './devices/device-words.js';
import { auditSearchIn } from './audit/log-events.js';
import { questionIn } from './audit/question-search.js';
import { signedOut, tenantStore } from './api/client.js';
import { startLive } from './api/live.js';
import { readSession } from './api/session.js';
import { groupings, periods, type GroupedBy, type Period } from './figures/figures.js';
import { LoginPage } from './login/Login.js';
import { lazyPage } from './shell/lazy-page.js';
import { PageFailed } from './shell/PageFailed.js';
import { MorePage, Shell } from './shell/Shell.js';
import { Problem } from './ui/parts.js';
import { textOf } from './ui/forms/filter-values.js';

type Context = { readonly queries: QueryClient };
type Search = { readonly [name: string]: unknown };
/** Returns the member of a search if it is one of the choices; an empty object otherwise. */
const chosenIn = <K extends string, T extends string>(
  choices: { readonly [Value in T]: string },
  as: K,
  given: unknown,
): { readonly [N in K]?: T } =>
  typeof given === 'string' && Object.hasOwn(choices, given)
    ? ({ [as]: given } as { readonly [N in K]?: T })
    : {};

const root = createRootRouteWithContext<Context>()({
  validateSearch: (search: Search): { tenant?: string | undefined } => ({ tenant: textOf(search['tenant']) }),
  search: {
    middlewares: [
      // Links within the console keep the selected tenant.
      ({ search, next }) => {
        const asked = next(search);
        return asked.tenant === undefined && search.tenant !== undefined
          ? { ...asked, tenant: search.tenant }
          : asked;
      },
    ],
  },
  component: () => <Outlet />,
  errorComponent: ({ error }): ReactElement => (
    <div className="signin card">
      <Problem error={error} onRetry={() => location.reload()} />
    </div>
  ),
  notFoundComponent: () => (
    <div className="ph">
      <h1>Page not found</h1>
    </div>
  ),
});

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Search): { next?: string | undefined; refused?: string | undefined } => ({
    next: textOf(search['next']),
    refused: textOf(search['refused']),
  }),
  component: LoginPage,
});

let live: (() => void) | undefined;
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: async ({ context, location: at, search }) => {
    tenantStore.set(search.tenant);
    const session = await context.queries.ensureQueryData({ queryKey: ['session'], queryFn: readSession });
    if (session === null) throw redirect({ to: '/login', search: { next: at.href } });
    live ??= startLive(context.queries);
  },
  component: Shell,
});

/** A page without a search of its own in its address. Its code is loaded when it is opened. */
const pageAt = <const Path extends string, Module extends Record<Name, RouteComponent>, Name extends string>(
  path: Path,
  load: () => Promise<Module>,
  name: Name,
) => createRoute({ getParentRoute: () => shell, path, component: lazyPage(load, name) });

const overview = pageAt('/', () => import('./overview/Overview.js'), 'OverviewPage');
const actions = createRoute({
  getParentRoute: () => shell,
  path: '/actions',
  validateSearch: actionsSearchIn,
  component: lazyPage(() => import('./action/lists/Actions.js'), 'ActionsPage'),
});
const rejected = pageAt('/actions/rejected', () => import('./action/lists/Rejected.js'), 'RejectedPage');
const figures = createRoute({
  getParentRoute: () => shell,
  path: '/figures',
  validateSearch: (search: Search): { over?: Period; by?: GroupedBy } => ({
    ...chosenIn(periods, 'over', search['over']),
    ...chosenIn(groupings, 'by', search['by']),
  }),
  component: lazyPage(() => import('./figures/FiguresPage.js'), 'FiguresPage'),
});
const action = pageAt('/actions/$id', () => import('./action/Action.js'), 'ActionPage');
const approvals = createRoute({
  getParentRoute: () => shell,
  path: '/approvals',
  validateSearch: (search: Search): ApprovalsSearch & { change?: string | undefined } => ({
    ...approvalsSearchIn(search),
    change: textOf(search['change']),
  }),
  beforeLoad: ({ search: { change: id } }) => {
    // Messages and the inbox link to a change request by this parameter of the approvals page.
    if (id !== undefined) throw redirect({ to: '/changes/$id', params: { id } });
  },
  component: lazyPage(() => import('./action/approvals/Approvals.js'), 'ApprovalsPage'),
});
const changes = createRoute({
  getParentRoute: () => shell,
  path: '/changes',
  validateSearch: changesSearchIn,
  component: lazyPage(() => import('./action/changes/Changes.js'), 'ChangesPage'),
});
const change = pageAt('/changes/$id', () => import('./action/changes/Change.js'), 'ChangePage');
const alerts = createRoute({
  getParentRoute: () => shell,
  path: '/alerts',
  validateSearch: alertsSearchIn,
  component: lazyPage(() => import('./alerts/Alerts.js'), 'AlertsPage'),
});
const reach = pageAt('/alerts/told', () => import('./reach/Reach.js'), 'ReachPage');
const posture = pageAt('/posture', () => import('./posture/Posture.js'), 'PosturePage');
const postureSettings = pageAt(
  '/posture/settings',
  () => import('./posture/Config.js'),
  'PostureSettingsPage',
);
const limits = pageAt('/autonomy/limits', () => import('./autonomy/limits/LimitsPage.js'), 'LimitsPage');
const policies = createRoute({
  getParentRoute: () => shell,
  path: '/policies',
  validateSearch: (search: Search): { policy?: string | undefined } => ({ policy: textOf(search['policy']) }),
  component: lazyPage(() => import('./policies/Policies.js'), 'PoliciesPage'),
});
const devices = createRoute({
  getParentRoute: () => shell,
  path: '/devices',
  validateSearch: devicesSearchIn,
  component: lazyPage(() => import('./devices/Devices.js'), 'DevicesPage'),
});
const autonomy = pageAt('/autonomy', () => import('./autonomy/Autonomy.js'), 'AutonomyPage');
const actionTypes = createRoute({
  getParentRoute: () => shell,
  path: '/autonomy/types',
  validateSearch: (search: Search): { type?: string | undefined } => ({ type: textOf(search['type']) }),
  component: lazyPage(() => import('./register/ActionTypes.js'), 'ActionTypesPage'),
});
const agents = pageAt('/autonomy/agents', () => import('./register/Agents.js'), 'AgentsPage');
const mcp = createRoute({
  getParentRoute: () => shell,
  path: '/autonomy/mcp',
  validateSearch: (search: Search): { server?: string | undefined } => ({ server: textOf(search['server']) }),
  component: lazyPage(() => import('./register/McpServers.js'), 'McpServersPage'),
});
const webhooks = createRoute({
  getParentRoute: () => shell,
  path: '/autonomy/webhooks',
  validateSearch: (search: Search): { id?: string | undefined } => ({ id: textOf(search['id']) }),
  component: lazyPage(() => import('./register/Webhooks.js'), 'WebhooksPage'),
});
const device = createRoute({
  getParentRoute: () => shell,
  path: '/devices/$id',
  validateSearch: (search: Search): { tx?: string | undefined } => ({ tx: textOf(search['tx']) }),
  component: lazyPage(() => import('./devices/Device.js'), 'DevicePage'),
});
const incident = pageAt('/incidents/$id', () => import('./alerts/Incident.js'), 'IncidentPage');
const plans = pageAt('/plans', () => import('./plan/Plans.js'), 'PlansPage');
const plan = pageAt('/plans/$id', () => import('./plan/Plans.js'), 'PlanPage');
const twin = pageAt('/twin', () => import('./twin/Twin.js'), 'TwinPage');
const trace = pageAt('/twin/traces/$id', () => import('./twin/Twin.js'), 'TracePage');
const privacy = pageAt('/privacy', () => import('./audit/Privacy.js'), 'PrivacyPage');
const settings = pageAt('/settings', () => import('./settings/Settings.js'), 'SettingsPage');
const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  validateSearch: auditSearchIn,
  component: lazyPage(() => import('./audit/Audit.js'), 'AuditPage'),
});
const questions = createRoute({
  getParentRoute: () => shell,
  path: '/audit/questions',
  validateSearch: questionIn,
  component: lazyPage(() => import('./audit/Questions.js'), 'QuestionsPage'),
});
const studioSteps = ['edit', 'lint', 'invariants', 'simulate', 'diff', 'rollout'];
type StudioSearch = { from?: string | undefined; recipe?: string | undefined };
const long = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 2000 ? value : undefined;
const takenIn = (search: Search): StudioSearch => ({
  ...(long(search['from']) === undefined ? {} : { from: long(search['from']) }),
  ...(textOf(search['recipe']) === undefined ? {} : { recipe: textOf(search['recipe']) }),
});
const studio = createRoute({
  getParentRoute: () => shell,
  path: '/studio',
  validateSearch: (search: Search): StudioSearch & { all?: boolean | undefined } => ({
    ...takenIn(search),
    ...(search['all'] === true ? { all: true } : {}),
  }),
  component: lazyPage(() => import('./studio/Studio.js'), 'StudioIndex'),
});
const studioPlayground = createRoute({
  getParentRoute: () => shell,
  path: '/studio/playground',
  validateSearch: (search: Search): { bundle?: string | undefined } => ({ bundle: textOf(search['bundle']) }),
  component: lazyPage(() => import('./studio/playground/StudioPlayground.js'), 'StudioPlayground'),
});
const studioAnalytics = pageAt('/studio/analytics', () => import('./studio/Analytics.js'), 'StudioAnalytics');
const studioSettings = pageAt(
  '/studio/settings',
  () => import('./studio/StudioSettings.js'),
  'StudioSettings',
);
const studioRecipes = pageAt(
  '/studio/recipes',
  () => import('./studio/playground/StudioRecipes.js'),
  'StudioRecipes',
);
const studioBundle = createRoute({
  getParentRoute: () => shell,
  path: '/studio/$bundle',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/studio/$bundle/$step', params: { ...params, step: 'edit' }, replace: true });
  },
});
const studioDesk = createRoute({
  getParentRoute: () => shell,
  path: '/studio/$bundle/$step',
  validateSearch: takenIn,
  beforeLoad: ({ params }) => {
    if (!studioSteps.includes(params.step))
      throw redirect({ to: '/studio/$bundle/$step', params: { ...params, step: 'edit' }, replace: true });
  },
  component: lazyPage(() => import('./studio/Studio.js'), 'PolicyStudio'),
});
const go = pageAt('/go', () => import('./login/Go.js'), 'GoPage');
const more = createRoute({ getParentRoute: () => shell, path: '/more', component: MorePage });

const tree = root.addChildren([
  login,
  shell.addChildren([
    overview,
    actions,
    figures,
    rejected,
    action,
    approvals,
    alerts,
    reach,
    posture,
    postureSettings,
    policies,
    devices,
    autonomy,
    actionTypes,
    agents,
    mcp,
    limits,
    webhooks,
    device,
    incident,
    plans,
    plan,
    changes,
    change,
    twin,
    trace,
    privacy,
    settings,
    audit,
    questions,
    studio,
    studioPlayground,
    studioAnalytics,
    studioRecipes,
    studioSettings,
    studioBundle,
    studioDesk,
    go,
    more,
  ]),
]);

export const createAppRouter = (queries: QueryClient) => {
  const router = createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: false,
    scrollRestoration: true,
    defaultErrorComponent: PageFailed,
  });
  // When any response says that the session has ended, the page goes to the login and returns
  // afterwards.
  signedOut.subscribe(() => {
    if (!signedOut.get()) return;
    queries.setQueryData(['session'], null);
    void router.navigate({ to: '/login', search: { next: router.state.location.href } });
  });
  return router;
};

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
