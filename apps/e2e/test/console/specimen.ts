import { expect } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import { until } from '@interlock/testing';
import { turnedOff, type ConsoleWorld } from './world.js';
import { engagedStatus, receiptOf } from './stopped-answers.js';
import type { Front } from './front.js';

type Json = Record<string, unknown>;
export type Specimen = {
  readonly title: string;
  readonly role?: string;
  /** Its clock is the test's, so that a minute passes at once. */
  readonly clock?: boolean;
  /** What the state is about. */
  readonly part: string;
  /** What is so on a phone, too. */
  readonly phone?: (page: Page) => Promise<void>;
  /**
   * Leads a page that somebody is signed in at to the state, and says what to do when it was looked
   * at.
   */
  readonly lead: (page: Page, at: Place) => Promise<void | (() => Promise<unknown>)>;
};
type Place = {
  readonly world: ConsoleWorld;
  readonly front: Front;
  readonly open: (path: string) => Promise<void>;
};

/** Lets the real answers through, changed. */
export const answers = (page: Page, path: RegExp, change: (body: Json) => object): Promise<unknown> =>
  page.route(path, async (route) => {
    if (route.request().method() !== 'GET') {
      await route.fallback();
      return;
    }
    const response = await route.fetch();
    await route.fulfill({ response, json: change((await response.json()) as Json) });
  });
export const problem = (route: Route): Promise<void> =>
  route.fulfill({
    status: 503,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      title: 'Service unreachable',
      detail: 'the service did not answer in time',
      code: 'service-unreachable',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    }),
  });
export const isOff = (page: Page, name: RegExp): Promise<void> =>
  turnedOff(page.getByRole('button', { name }).first());

export const live = (page: Page): Promise<void> =>
  page.getByText('Live', { exact: true }).first().waitFor({ state: 'attached' });

/** Cuts the live stream, and lets a minute and more pass. */
export const cutOff = async (page: Page, front: Front): Promise<() => Promise<void>> => {
  front.liveDown = true;
  front.cut();
  await until(async () => {
    await page.clock.fastForward(1000);
    return (await page.getByText('Offline since').count()) > 0;
  }, 'it says that it is offline');
  await page.clock.fastForward(70_000);
  await until(
    () => page.evaluate('document.documentElement.hasAttribute("data-stale")'),
    'what is shown loses its colour',
  );
  return () => {
    front.liveDown = false;
    return Promise.resolve();
  };
};
/** A minute and more without the live stream. */
export const offline: Specimen['lead'] = async (page, { front, open }) => {
  await open('/');
  await live(page);
  const after = await cutOff(page, front);
  await page.getByText('Stop still works.').waitFor();
  return after;
};

/** The tenant's switch is engaged, and those beside it that are named. */
export const engaged = (page: Page, ...more: readonly object[]): Promise<unknown> =>
  answers(page, /\/autonomous\/status$/, (status) => engagedStatus(status, ...more));
/** Stopped, and what was in flight comes to its end while somebody looks. */
export const stopped: Specimen['lead'] = async (page, { front, open }) => {
  let states = ['ROLLING_BACK', 'VALIDATING'];
  await engaged(page);
  await page.route(/\/autonomous\/kill-switch\/use-1$/, (route) =>
    route.fulfill({ json: receiptOf(states) }),
  );
  await open('/');
  await live(page);
  const banner = page.locator('.banner').filter({ hasText: 'No action starts until a person releases it.' });
  await banner.getByText('3 cancelled').waitFor();
  await banner.getByText('2 not ended yet').waitFor();
  states = ['ROLLED_BACK', 'COMPLETED'];
  front.say('actions', { topic: 'actions', type: 'ActionCompleted', id: 'a1', tenant_id: 'demo' });
  await banner.getByText('All actions have ended.').waitFor();
  await page.getByRole('button', { name: 'Stopped' }).waitFor();
  await banner.getByRole('button', { name: 'Release…' }).waitFor();
};

/** What somebody is about to say yes to becomes another thing. */
export const digestChanged: Specimen['lead'] = async (page, { world, front, open }) => {
  const id = await world.asked('cell-006-2');
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
  await page.getByText('It changed since you opened it.', { exact: true }).waitFor();
  await page.getByText('session 118 set a leaf that this edit changes').waitFor();
  await isOff(page, /^Approve this change/);
  expect(await page.getByLabel('Note, needed to reject').inputValue()).toBe('checked with the crew');
  return () => world.cancel(id);
};

export const banner = 'main > .banner';

/** What is wrong stands above the page. */
export const onTop = async (page: Page): Promise<void> => {
  const first = await page.evaluate(
    'document.querySelector("main")?.firstElementChild?.className.split(" ")[0]',
  );
  expect(first).toBe('banner');
};
/** The decision's buttons stand above the tabs, and nobody has to scroll to them. */
export const inReach = async (page: Page): Promise<void> => {
  // Keys meet the decision before the rest, as eyes do.
  const order = `[...document.querySelectorAll('main [data-decision], main nav[aria-label=Requests]')]
    .map((one) => (one.matches('[data-decision]') ? 'decision' : 'requests')).join()`;
  await until(
    async () => (await page.evaluate(order)) === 'decision,requests',
    'the decision stands before the list of requests',
  );
  await page.evaluate('scrollTo(0, 0)');
  const [buttons, tabs] = await Promise.all(
    ['[data-decision]', 'nav.tabs'].map((one) => page.locator(one).first().boundingBox()),
  );
  expect(Math.round((buttons?.y ?? 0) + (buttons?.height ?? 0))).toBeGreaterThan(0);
  expect(Math.round((buttons?.y ?? 0) + (buttons?.height ?? 0))).toBeLessThanOrEqual(
    Math.round(tabs?.y ?? 0),
  );
};
