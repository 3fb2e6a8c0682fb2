import { existsSync, readFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { chromium } from 'playwright-core';

import { keepRate, listen, submit, tokenOf } from './console/load.mjs';
import { quantile, row } from './report.mjs';
import { npmStart } from './start/npm-start.mjs';

const browserFile = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (file) => existsSync(file),
);
const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
const loads = 8;
const notesPerSecond = 200;
/** How long the list is tested under load (design, section 15). */
const leastSeconds = 30;
/** The time until actions produce events steadily is excluded from the rate. */
const warmUpMs = 5000;
/** A page that takes longer than this counts as failed. */
const timeoutMs = 60_000;
/** The pages by their names in the navigation, each with its heading. */
const routes = [
  ['Approvals', 'Approvals'],
  ['Actions', 'Actions'],
  ['Alerts', 'Alerts and incidents'],
  ['Policies', 'Policies'],
  ['Autonomy', 'Autonomy'],
  ['Posture', 'Posture'],
  ['Devices', 'Devices'],
  ['Audit', 'Audit'],
];

/** The compressed size of everything fetched for a first load, in kB, by kind. */
const fetched = `(() => {
  const kB = (kind) => performance.getEntriesByType('resource')
    .filter(({ name }) => new URL(name).pathname.endsWith(kind))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1000;
  return { scripts: kB('.js'), styles: kB('.css'), fonts: kB('.woff2') };
})()`;

/**
 * Records every long task (more than 50 ms), and every layout shift without a key or click, with
 * the element that moved.
 */
const watch = `(() => {
  globalThis.watched = { tasks: [], shifts: 0, moved: [] };
  const named = ({ node, previousRect: from, currentRect: to }) => node === null ? 'something that is gone'
    : node.nodeName.toLowerCase() + '.' + (node.className ?? '') + ' (' + (node.textContent ?? '').slice(0, 30) + ') of ' + location.pathname +
      ' by ' + [to.x - from.x, to.y - from.y].map(Math.round).join(', ') + ' pixels';
  new PerformanceObserver((list) => watched.tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask' });
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput) {
        watched.shifts += value;
        watched.moved.push(...sources.map(named));
      }
  }).observe({ type: 'layout-shift' });
})()`;

/**
 * The time from a click to the complete page, without skeletons, in milliseconds; otherwise an
 * error that names the missing part.
 */
const settled = `(name, title, timeoutMs) => new Promise((resolve, reject) => {
  const link = document.querySelector('nav.side a[title^="' + name + ' ("]');
  if (link === null) throw new Error('the navigation has no page "' + name + '"');
  const began = performance.now();
  const look = () => {
    const shown = document.querySelector('h1')?.textContent;
    const busy = [...document.querySelectorAll('[aria-busy=true]')];
    if (shown === title && busy.length === 0) return resolve(performance.now() - began);
    if (performance.now() - began < timeoutMs) return requestAnimationFrame(look);
    const cards = busy.map((one) => one.closest('section, .card')?.querySelector('h2')?.textContent ?? 'no card');
    reject(new Error('the page "' + name + '" did not settle in ' + timeoutMs / 1000 + ' s: its heading is "' + shown +
      '" and has to be "' + title + '", and ' + busy.length + ' of its parts are busy' +
      (cards.length === 0 ? '' : ', in: ' + cards.join(', '))));
  };
  link.click();
  requestAnimationFrame(look);
})`;

const heading = (page, name) => page.getByRole('heading', { name, level: 1 }).waitFor();

/**
 * Loads of the overview in a fresh browser, to its last figure, in milliseconds; and the
 * transferred sizes.
 */
async function firstLoads(browser, session, http) {
  const times = [];
  let sizes;
  for (let n = 0; n <= loads; n += 1) {
    const context = await browser.newContext({ storageState: session });
    const page = await context.newPage();
    const began = performance.now();
    await page.goto(http);
    await heading(page, 'Overview');
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
    times.push(performance.now() - began);
    sizes = await page.evaluate(fetched);
    await context.close();
  }
  // The first load makes the server compress the files for the others.
  return { times: times.slice(1), sizes };
}

/**
 * Changes to each page from another one, for the first time in a browser (which loads its script)
 * and later, in milliseconds.
 */
async function routeChanges(browser, session, http) {
  const context = await browser.newContext({ storageState: session, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(http);
  await heading(page, 'Overview');
  const times = { first: [], later: [] };
  for (const kind of ['first', 'later', 'later'])
    for (const [name, title] of routes)
      times[kind].push(
        await page.evaluate(`(${settled})(${JSON.stringify(name)}, ${JSON.stringify(title)}, ${timeoutMs})`),
      );
  await context.close();
  return times;
}

/**
 * Two tabs under load of the demo's tenant: the table of actions, scrolled and hovered, and one
 * action with an open row and half a note.
 */
async function underEvents(browser, session, http, token, seconds) {
  // So low that the demo's few actions are enough to scroll.
  const context = await browser.newContext({ storageState: session, viewport: { width: 1440, height: 260 } });
  const table = await context.newPage();
  const asked = await submit(http, token, 'asked', 3);
  await table.goto(`${http}/actions`);
  await table.getByRole('link', { name: 'Cell failover' }).first().waitFor();
  await table.mouse.move(700, 200);
  for (let scrolled = 0; scrolled <= 40; scrolled = Number(await table.evaluate('scrollY')))
    await table.mouse.wheel(0, 60);
  const page = await context.newPage();
  await page.goto(`${http}/approvals?id=${asked}`);
  await page.getByLabel('Note, needed to reject').fill('half a sen');
  let reads = 0;
  for (const one of [table, page])
    one.on('request', (request) => {
      if (request.url().includes('/api/v1/') && !request.url().includes('/live')) reads += 1;
    });
  for (const one of [table, page]) await one.evaluate(watch);
  const ear = await listen(http, token);
  const stop = keepRate(http, token, notesPerSecond, () => ear.count);
  await delay(warmUpMs);
  const [readsBefore, eventsBefore, began] = [reads, ear.count, performance.now()];
  await delay(seconds * 1000);
  const held = (performance.now() - began) / 1000;
  const [readsHeld, events] = [reads - readsBefore, ear.count - eventsBefore];
  const sent = await stop();
  ear.stop();
  const note = await page.getByLabel('Note, needed to reject').inputValue();
  const seen = await Promise.all([table, page].map((one) => one.evaluate('watched')));
  await context.close();
  return {
    perSecond: events / held,
    reads: readsHeld / held,
    sent,
    tasks: seen.flatMap(({ tasks }) => tasks),
    shifts: Math.max(...seen.map(({ shifts }) => shifts)),
    moved: [...new Set(seen.flatMap(({ moved }) => moved))],
    kept: note === 'half a sen' ? 1 : 0,
  };
}

/**
 * P10: the size and speed of a browser's first load, the time of a page change, and a list under
 * 200 events a second.
 */
export async function measure({ seconds, note }) {
  if (browserFile === undefined)
    throw new Error('there is no Chromium on this machine: apt-get install chromium');
  const folder = mkdtempSync(join(tmpdir(), 'interlock-bench-console-'));
  // The account of Postgres must be able to traverse it.
  chmodSync(folder, 0o711);
  const [home, log] = [join(folder, 'home'), join(folder, 'log')];
  note('starting the stack with the demo');
  const running = await npmStart({ home, log });
  const browser = await chromium.launch({ executablePath: browserFile, args: flags });
  try {
    const link = /^ +administrator +(http\S+)$/m.exec(readFileSync(log, 'utf8'))?.[1];
    const first = await browser.newPage();
    await first.goto(link);
    await heading(first, 'Overview');
    const session = await first.context().storageState();
    await first.context().close();
    const token = await tokenOf(home);
    note(`first load, ${loads} times`);
    const { times, sizes } = await firstLoads(browser, session, running.http);
    note('changes of the page');
    const changes = await routeChanges(browser, session, running.http);
    const held = Math.max(leastSeconds, seconds);
    note(`two tabs under ${notesPerSecond} events a second, for ${held} s`);
    const busy = await underEvents(browser, session, running.http, token, held);
    return {
      rows: [
        row('P10 first load, scripts', sizes.scripts, 'kB', { most: 260 }),
        row('P10 first load, styles', sizes.styles, 'kB', { most: 30 }),
        row('P10 first load, fonts', sizes.fonts, 'kB'),
        row('P10 first load to the last figure, p50', quantile(times, 0.5), 'ms'),
        row('P10 a page for the first time, slowest', Math.max(...changes.first), 'ms'),
        row('P10 a page again, p50', quantile(changes.later, 0.5), 'ms', { most: 300 }),
        row('P10 a page again, slowest', Math.max(...changes.later), 'ms'),
        row('P10 events a second that were told', busy.perSecond, '/s', { least: 0.95 * notesPerSecond }),
        row('P10 reads a second of two tabs meanwhile', busy.reads, '/s'),
        row('P10 longest task meanwhile', Math.max(0, ...busy.tasks), 'ms', { most: 100 }),
        row('P10 shift of the layout meanwhile', busy.shifts, '', { most: 0 }),
        row('P10 half a note that is still there', busy.kept, '', { least: 1 }),
      ],
      notes: [
        `sizes are as they come over the line, of the overview; a page again has its script, and shows what it knows until it has read anew. ${busy.sent} actions were sent, whose own events these are. Chromium, the stack and the load share the machine.`,
        ...(busy.moved.length === 0 ? [] : [`what moved: ${busy.moved.join('; ')}`]),
      ],
    };
  } finally {
    await browser.close();
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
