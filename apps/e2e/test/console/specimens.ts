import { expect } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import { until } from '@interlock/testing';
import { desk, phone, type ConsoleWorld } from './world.js';
import type { Front } from './front.js';

type Json = Record<string, unknown>;
export type Specimen = {
  readonly title: string;
  readonly role?: string;
  readonly viewport?: typeof desk;
  /** Its clock is the test's, so that a minute passes at once. */
  readonly clock?: boolean;
  /** Leads a page that somebody is signed in at to the state, and says what to do when it was looked at. */
  readonly lead: (page: Page, at: Place) => Promise<void | (() => Promise<unknown>)>;
};
export type Place = {
  readonly world: ConsoleWorld;
  readonly front: Front;
  readonly open: (path: string) => Promise<void>;
};

/** Lets the real answers through, changed. */
const answers = (page: Page, path: RegExp, change: (body: Json) => object): Promise<void> =>
  page.route(path, async (route) => {
    if (route.request().method() !== 'GET') {
      await route.fallback();
      return;
    }
    const response = await route.fetch();
    await route.fulfill({ response, json: change((await response.json()) as Json) });
  });
const problem = (route: Route): Promise<void> =>
  route.fulfill({
    status: 503,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      title: 'Service unreachable',
      detail: 'policy-registry did not answer in time',
      code: 'service-unreachable',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    }),
  });
const isOff = async (page: Page, name: RegExp): Promise<void> => {
  const button = page.getByRole('button', { name }).first();
  await until(async () => (await button.getAttribute('aria-disabled')) === 'true', `${String(name)} is off`);
};

const live = (page: Page): Promise<void> =>
  page.getByText('Live', { exact: true }).first().waitFor({ state: 'attached' });

/** A minute and more without the live stream. */
const offline: Specimen['lead'] = async (page, { front, open }) => {
  await open('/');
  await live(page);
  front.liveDown = true;
  front.cut();
  await until(async () => {
    await page.clock.fastForward(1000);
    return (await page.getByText('Offline since').count()) > 0;
  }, 'it says that it is offline');
  await page.clock.fastForward(70_000);
  await page.getByText('Stop works: it has its own way.').waitFor();
  expect(await page.evaluate('document.documentElement.hasAttribute("data-stale")')).toBe(true);
  return () => {
    front.liveDown = false;
    return Promise.resolve();
  };
};

const use = {
  scope: 'tenant',
  tenant_id: 'demo',
  action_type: null,
  account_id: null,
  agent: null,
  site_id: null,
  engaged: true,
  engaged_at: '2026-11-20T03:08:12.300Z',
  drill: false,
  rollback_in_flight: false,
  acknowledged_by: null,
  use_id: 'use-1',
  reason: 'drops on tr-0397 look wrong',
  engaged_by: 'person:0192f7c1',
  position: '1',
  acknowledged_at: '2026-11-20T03:08:13.000Z',
  time_to_stop_ms: 700,
  cancelled_count: 3,
  in_flight_count: 2,
  release_requested: null,
  released: null,
};
/** Stopped, and what was in flight comes to its end while somebody looks. */
const stopped: Specimen['lead'] = async (page, { front, open }) => {
  let states = ['ROLLING_BACK', 'VALIDATING'];
  await answers(page, /\/autonomous\/status$/, (status) => ({
    ...status,
    kill_switch: {
      engaged: true,
      switches: [{ stream: 'kill_switch-demo:tenant', revision: '0', engaged: true }],
      uses: [use],
      current: true,
    },
  }));
  await page.route(/\/autonomous\/kill-switch\/use-1$/, (route) =>
    route.fulfill({
      json: {
        ...use,
        in_flight: states.map((state, i) => ({ action_id: `a${i}`, state })),
        not_told: [],
        still_in_flight: states.filter((state) => /ING/.test(state)).length,
      },
    }),
  );
  await open('/');
  await live(page);
  const banner = page.locator('.banner').filter({ hasText: 'No action starts until somebody releases it.' });
  await banner.getByText('3 cancelled').waitFor();
  await banner.getByText('2 not ended yet').waitFor();
  states = ['ROLLED_BACK', 'COMPLETED'];
  front.say('actions', { topic: 'actions', type: 'ActionCompleted', id: 'a1', tenant_id: 'demo' });
  await banner.getByText('All is still.').waitFor();
  await page.getByRole('button', { name: 'Stopped' }).waitFor();
  await banner.getByRole('button', { name: 'Release…' }).waitFor();
};

/** What somebody is about to say yes to becomes another thing. */
const digestChanged: Specimen['lead'] = async (page, { world, front, open }) => {
  const id = await world.asked('cell-003-2');
  let changed = false;
  await answers(page, new RegExp(`/autonomous/actions/${id}$`), (action) =>
    changed
      ? {
          ...action,
          approval: {
            ...(action['approval'] as Json),
            digest: 'f'.repeat(64),
            difference: [{ code: 'leaves-changed', detail: 'session 118 set a leaf that this edit changes' }],
          },
        }
      : action,
  );
  await open(`/approvals?id=${id}`);
  await live(page);
  await page.getByLabel('Note, needed to reject').fill('checked with the crew');
  changed = true;
  front.say('actions', { topic: 'actions', type: 'ApprovalRequested', id, tenant_id: 'demo' });
  await page.getByText('It changed since you opened it.').waitFor();
  await page.getByText('session 118 set a leaf that this edit changes').waitFor();
  await isOff(page, /^Approve this change/);
  expect(await page.getByLabel('Note, needed to reject').inputValue()).toBe('checked with the crew');
  return () => world.cancel(id);
};

const bannerFirst = (page: Page): Promise<unknown> =>
  page.evaluate('document.querySelector("main")?.firstElementChild?.className.split(" ")[0]');

/** The states of design.md, section 12, in the order of its sheet, each in the page that has it. */
export const specimens: readonly Specimen[] = [
  {
    title: '1 loading',
    lead: async (page, { world, front }) => {
      const held: Route[] = [];
      await page.route(/\/autonomous\/actions\?/, (route) => {
        held.push(route);
      });
      await page.goto(world.url('/', front.url));
      const card = page.getByRole('region', { name: 'Latest actions' });
      await card.locator('[aria-busy=true]').waitFor();
      // Nobody sees a skeleton who waits for less than that.
      expect(
        await card
          .locator('.sk')
          .first()
          .evaluate((one) => getComputedStyle(one).animationDelay),
      ).toBe('0.15s');
      return async () => {
        await page.unroute(/\/autonomous\/actions\?/);
        await Promise.all(held.map((route) => route.continue()));
        await card.getByRole('link', { name: 'Cell failover' }).first().waitFor();
        await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      };
    },
  },
  {
    title: '2 empty',
    lead: async (page, { open }) => {
      await answers(page, /\/autonomous\/actions\?.*state=AWAITING/, (body) => ({
        ...body,
        items: [],
        next: null,
      }));
      await open('/');
      await page.getByText('No action waits for a person.').waitFor();
    },
  },
  {
    title: '2 filtered to nothing',
    lead: async (page, { open }) => {
      await open('/actions?entity=nobody');
      await page.getByText('No action matches.').waitFor();
      await page.getByRole('button', { name: 'Drop the filter' }).waitFor();
    },
  },
  {
    title: '3 one card in error',
    lead: async (page, { open }) => {
      await page.route(/\/policy\/bundles\/active$/, problem);
      await open('/');
      const card = page.getByRole('region', { name: 'Rollout' });
      await card.getByText('Service unreachable').waitFor();
      await card.getByRole('button', { name: 'Retry' }).waitFor();
      await card.getByText('trace 4bf92f3577b34da6a3ce929d0e0e4736').waitFor();
      await page.getByRole('link', { name: 'Cell failover' }).first().waitFor();
    },
  },
  {
    title: '4 a service that does not answer',
    lead: async (page, { world, open }) => {
      const id = await world.asked('cell-003-2');
      await answers(page, new RegExp(`/autonomous/actions/${id}$`), (action) => ({
        ...action,
        state: 'PENDING',
        approval: null,
        reasons: [],
        gates: (action['gates'] as readonly Json[]).filter(({ gate }) =>
          ['kill_switch', 'posture', 'autonomy_mode'].includes(String(gate)),
        ),
        waiting_for: 'digital-twin',
        waiting: {
          service: 'digital-twin',
          gate: 'prediction',
          detail: 'it was asked 12 times',
          expires_at: '2026-11-20T03:14:40.000Z',
        },
      }));
      await open(`/actions/${id}`);
      await page.getByText('waits for digital-twin: it was asked 12 times').waitFor();
      await page.locator('.gt.cur').getByText('Prediction').waitFor();
      return () => world.cancel(id);
    },
  },
  {
    title: '5 a scope that is missing',
    role: 'viewer',
    lead: async (page, { world, open }) => {
      const id = await world.asked('cell-003-2');
      await open(`/approvals?id=${id}`);
      await isOff(page, /^Approve this change/);
      await isOff(page, /^Reject/);
      await page.getByText('Needs the scope AUTONOMOUS_APPROVE').first().waitFor();
      return () => world.cancel(id);
    },
  },
  { title: '6 the stream offline for more than a minute', clock: true, lead: offline },
  {
    title: '7 a conflict, and a version that is taken',
    lead: async (page, { world, open }) => {
      const { active } = (await world.call('GET', '/api/v1/policy/bundles/active')) as {
        readonly active: { readonly id: string; readonly version: string };
      };
      const draft = await world.call('POST', `/api/v1/policy/bundles/${active.id}/clone`, { bump: 'patch' });
      await open(`/studio/${String(draft['id'])}/edit`);
      await live(page);
      await page.getByRole('button', { name: /cf-optimizer/ }).click();
      await page.getByRole('textbox', { name: 'Value 1' }).fill('39');
      const { version, rules, metadata } = draft;
      await world.call(
        'PUT',
        `/api/v1/policy/bundles/${String(draft['id'])}`,
        { version, rules, metadata, notes: 'theirs' },
        String(draft['revision']),
      );
      const card = page.getByRole('region', { name: 'Somebody else saved this draft meanwhile' });
      await card.getByRole('button', { name: 'Take theirs' }).waitFor();
      await card.getByText('39').first().waitFor();
      return async () => {
        await card.getByRole('button', { name: 'Go on with mine' }).click();
        const text = page.getByRole('textbox', { name: 'Bundle as JSON' });
        await text.getByText('39').waitFor();
        await text.focus();
        for (const key of ['Control+Home', 'ArrowDown', 'End', 'ArrowLeft', 'ArrowLeft'])
          await page.keyboard.press(key);
        for (let i = 0; i < String(draft['version']).length; i += 1) await page.keyboard.press('Backspace');
        await page.keyboard.type(active.version);
        await page.getByRole('button', { name: `Save as ${active.version}` }).click();
        const taken = page.getByRole('region', { name: `Version ${active.version} exists already` });
        await taken.getByRole('link', { name: 'Open theirs' }).waitFor();
        await taken.getByRole('button', { name: /^Go on as / }).click();
        await text.getByText('39').waitFor();
        await taken.waitFor({ state: 'detached' });
        await page.getByRole('button', { name: /^Save as \d/ }).waitFor();
      };
    },
  },
  {
    title: '8 the kill switch being engaged',
    lead: async (page, { open }) => {
      // It never comes to the server.
      await page.route(/\/autonomous\/kill-switch$/, () => undefined);
      await open('/');
      await page.keyboard.press('Shift+S');
      await page.locator('[data-autofocus]:focus').waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Engaging…' }).waitFor();
    },
  },
  { title: '8 the kill switch, until all is still', lead: stopped },
  { title: '9 a digest that changed', lead: digestChanged },
  {
    title: '10 a session that has ended',
    lead: async (page, { open }) => {
      await open('/approvals');
      await page.context().clearCookies();
      await page.goto(page.url());
      await page.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
      expect(new URL(page.url()).searchParams.get('next')).toMatch(/^\/approvals/);
      await page.getByText('To stop everything without a session').waitFor();
    },
  },
  {
    title: '11 offline on a phone',
    viewport: phone,
    clock: true,
    lead: async (page, place) => {
      const after = await offline(page, place);
      expect(await bannerFirst(page)).toBe('banner');
      return after;
    },
  },
  {
    title: '11 stopped on a phone',
    viewport: phone,
    lead: async (page, place) => {
      await stopped(page, place);
      expect(await bannerFirst(page)).toBe('banner');
    },
  },
  {
    title: '11 a digest that changed, on a phone',
    viewport: phone,
    lead: async (page, place) => {
      const after = await digestChanged(page, place);
      const [buttons, tabs] = await Promise.all(
        ['.stick', 'nav.tabs'].map((one) => page.locator(one).first().boundingBox()),
      );
      expect(Math.round((buttons?.y ?? 0) + (buttons?.height ?? 0))).toBeLessThanOrEqual(
        Math.round(tabs?.y ?? 0),
      );
      return after;
    },
  },
];
