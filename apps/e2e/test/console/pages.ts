import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '@interlock/testing';
import { desk, phone, resize, type ConsoleWorld } from './world.js';

/** Every page that needs nothing in its address. */
const pages = [
  '/',
  '/approvals',
  '/actions',
  '/actions/rejected',
  '/alerts',
  '/alerts/told',
  '/figures',
  '/posture',
  '/posture/settings',
  '/policies',
  '/autonomy',
  '/autonomy/limits',
  '/devices',
  '/more',
];
/** What pages say of a list in which nothing is. */
const empty = [
  ['/', 'No request waits for you.'],
  ['/approvals', 'No request waits for you.'],
  ['/actions', 'No action yet.'],
  ['/plans', 'No plan yet.'],
  ['/alerts', 'None yet.'],
  ['/figures', 'No action was accepted in this period.'],
  ['/policies', 'No policy is in force.'],
  ['/posture', 'The level has never changed.'],
  ['/devices', 'No device is registered.'],
  ['/autonomy/types', 'No action type is registered.'],
  ['/autonomy/agents', 'No agent has sent an intent yet.'],
  ['/autonomy/mcp', 'No MCP server is registered.'],
] as const;
const narrow = { width: 320, height: 640 };

/**
 * What is wider than the window, or a control that a finger misses: under 44 pixels high, text in a
 * line apart.
 */
const touched = `(() => {
  const held = (one) => one !== null && (getComputedStyle(one).overflowX !== 'visible' || held(one.parentElement));
  const wide = document.documentElement.scrollWidth > innerWidth
    ? [...document.querySelectorAll('main *')]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !held(one.parentElement))
        .map((one) => Math.round(one.getBoundingClientRect().right) + ' wide: ' + one.outerHTML.slice(0, 120))
    : [];
  const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 1;
  const small = [...document.querySelectorAll('.btn, .tabs a, nav a, select, input, textarea, summary')]
    .filter((one) => shown(one) && !['radio', 'checkbox'].includes(one.type))
    .filter((one) => one.getBoundingClientRect().height < 44)
    .map((one) => Math.round(one.getBoundingClientRect().height) + ' high: ' + one.outerHTML.slice(0, 120));
  return [...wide, ...small];
})()`;

/**
 * Where the focus is, as far as somebody sees it: undefined where something sticky lies over all of
 * it.
 */
const focused = `(() => {
  const one = document.activeElement;
  if (one === null || one === document.body) return 'none';
  const box = one.getBoundingClientRect();
  if (box.width <= 1) return 'hidden on purpose';
  // Of a long table the part that is in the window.
  const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [left + (right - left) * x, top + (bottom - top) * y]));
  const seen = points.some(([x, y]) => {
    const at = document.elementFromPoint(x, y);
    return at !== null && (one.contains(at) || at.contains(one));
  });
  return seen ? one.outerHTML.slice(0, 100) : 'covered: ' + one.outerHTML.slice(0, 160);
})()`;

const themeOf = async (page: Page): Promise<string> =>
  String(await page.evaluate('document.documentElement.dataset.theme'));

/** Goes through a page by Tab, as far as the foot of it; answers what had the focus. */
const tabThrough = async (page: Page): Promise<readonly string[]> => {
  const visited: string[] = [];
  for (let i = 0; i < 80; i += 1) {
    await page.keyboard.press('Tab');
    const now = String(await page.evaluate(focused));
    if (now === 'none' || (i > 5 && now === visited[0])) break;
    visited.push(now);
  }
  return visited;
};

/**
 * Every page in both themes and every width: axe, nothing wider than the window, fingers, the
 * focus.
 */
export const pageCases = (world: ConsoleWorld): void => {
  let asked: Promise<string> | undefined;
  /** One action for all pages that show one; the last case takes it back. */
  const action = (): Promise<string> => (asked ??= world.asked('cell-005-2'));

  it.each([...pages, '/actions/ID', '/audit?stream=action-demo:ID', '/audit/questions?q=decided&id=ID'])(
    'shows %s in both themes, on a desk and on a phone, with no finding of axe and nothing that overflows',
    async (pattern) => {
      const path = pattern.includes('ID') ? pattern.replace('ID', await action()) : pattern;
      const { page } = await world.as('administrator', path);
      const findings: string[] = [];
      const seen = new Set<string>();
      // A theme changes colours, a width what is there: each of both is looked at whole once.
      for (const [viewport, again, rules] of [
        [desk, false, undefined],
        [desk, true, ['color-contrast']],
        [phone, false, undefined],
      ] as const) {
        await resize(page, viewport);
        if (again) {
          const before = await themeOf(page);
          await page.keyboard.press('Shift+D');
          await until(async () => (await themeOf(page)) !== before, 'the theme is the other one');
        }
        const theme = await themeOf(page);
        seen.add(`${theme} ${viewport.width}`);
        const wide = Number(await page.evaluate('document.documentElement.scrollWidth'));
        if (wide > viewport.width) findings.push(`${wide} wide`);
        findings.push(...(await world.axe(page, rules)).map((finding) => `${theme}: ${finding}`));
      }
      expect(seen.size).toBe(3);
      expect(findings).toEqual([]);
    },
  );

  it('fits into 320 pixels, is large enough for fingers, and covers the focus with nothing', async () => {
    const id = await action();
    const { page } = await world.as('administrator', '/', { viewport: narrow, touch: true });
    const findings: string[] = [];
    for (const path of [
      ...pages,
      `/actions/${id}`,
      `/approvals?id=${id}`,
      '/audit',
      '/audit/questions?q=rights',
    ]) {
      await world.open(page, path);
      const found = (await page.evaluate(touched)) as readonly string[];
      const visited = await tabThrough(page);
      if (visited.length < 5) findings.push(`${path}: Tab reached ${visited.length} things`);
      const covered = visited.filter((one) => one.startsWith('covered'));
      findings.push(...[...found, ...covered].map((finding) => `${path} ${finding}`));
    }
    expect([...new Set(findings)]).toEqual([]);
    await world.cancel(id);
  });

  it('says why nothing is there, and what to do about it', async () => {
    const { page } = await world.as('viewer', '/actions?entity=nobody');
    await page.getByText('No action matches this.').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByRole('link', { name: 'Cell failover' }).first().waitFor();
    const rows = page.locator('main tbody tr');
    await page.getByLabel('Gate').selectOption('kill_switch');
    await page.getByText('No action matches this.').waitFor();
    await page.getByLabel('Verdict').selectOption('pass');
    await rows.first().waitFor();
    expect(page.url()).toContain('gate=kill_switch');
    await page.getByRole('button', { name: 'Save it…' }).click();
    await page.getByLabel('Name').fill('not stopped');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByLabel('Saved filters').selectOption('not stopped');
    await until(() => page.url().includes('verdict=pass'), 'the saved filter is in the address');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('actions.csv');
    await page.goto(world.url('/nowhere'));
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  });

  it("answers an auditor's question in rows, which lead to the action and leave as CSV", async () => {
    const answered = (question: string): Promise<true> =>
      until(async () => {
        const { total } = await world.call('GET', `/api/v1/audit/questions/${question}`);
        return Number(total) > 0;
      }, `the log answers ${question}`);
    await answered('unapproved');
    const { page } = await world.as('auditor', '/audit');
    await page.getByRole('link', { name: 'Questions' }).click();
    await page.getByText('No question asked yet.').waitFor();
    await page.getByLabel('Question').selectOption('unapproved');
    await page.getByRole('button', { name: 'Ask' }).click();
    const answer = page.getByRole('region', { name: 'Answer', exact: true });
    const rows = answer.locator('tbody tr');
    await rows.first().waitFor();
    const summary = await answer.getByRole('status').innerText();
    expect(summary).toMatch(/^\d+ executions? of \d+ without a person's approval\. From \d/);
    const shown = await rows.count();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('unapproved.csv');
    const text = await readFile(await file.path(), 'utf8');
    expect(text).toMatch(/^at,by,what,facts,event,stream,revision,position,event_id\r\n/);
    // Texts in cells end their lines without a carriage return.
    expect(text.trimEnd().split('\r\n')).toHaveLength(shown + 1);

    await page.getByLabel('Only rows with').fill('nothing that any row has');
    await page.getByRole('button', { name: 'Ask' }).click();
    await answer.getByText('No loaded row contains').waitFor();
    await page.goBack();
    const link = rows.first().locator('a[href^="/actions/"]');
    await link.waitFor();
    const id = String(await link.getAttribute('href')).replace('/actions/', '');
    await link.click();
    await until(() => page.url().endsWith(`/actions/${id}`), 'the action is open');

    await answered(`said?id=${id}`);
    await world.open(page, `/audit/questions?q=said&id=${id}`);
    await rows.first().waitFor();
    await rows.first().locator('summary').click();
    await rows.first().locator('pre').waitFor();
    expect(await world.axe(page)).toEqual([]);
  });

  it('says on every page why it is empty, and what comes next', async () => {
    const { context, page } = await world.as('administrator', null);
    // Whatever is listed, nothing is in the list.
    await context.route(/\/api\/v1\/(?!live)/, async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as object;
      const lists = ['items', 'groups'].filter((name) => name in body);
      await route.fulfill({
        response,
        json: { ...body, ...Object.fromEntries(lists.map((name) => [name, []])) },
      });
    });
    const silent: string[] = [];
    for (const [path, why] of empty) {
      await page.goto(world.url(path));
      const words = page.locator('main .note').filter({ hasText: why }).first();
      await words.waitFor();
      // The reason alone leaves somebody where they are.
      if ((await words.innerText()).trim().length < why.length + 10) silent.push(`${path}: ${why}`);
    }
    expect(silent).toEqual([]);
  });

  it('brings its own fonts, and begins with a link to the content', async () => {
    const { page } = await world.as('viewer');
    expect(await page.evaluate(`document.fonts.check('13px "Inter Variable"')`)).toBe(true);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement?.id')).toBe('main');
  });
};
