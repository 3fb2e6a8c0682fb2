import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, posix } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere } from '@interlock/testing';
import { chromium, type Browser, type Page } from 'playwright-core';
import { browserFlags } from './console/browser-flags.js';
import { browserFile } from './console/world.js';
import { repository } from './stack.js';

// Builds the site of the documents, follows every link in it, and reads it in a browser.

const site = mkdtempSync(join(tmpdir(), 'interlock-site-'));
const types: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
};
const textOf = (file: string): string => readFileSync(join(site, file), 'utf8');

/** A plain server of files, as a user of the site would start one. */
const serve = (): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer(({ url = '/' }, response) => {
      const { pathname } = new URL(url, 'http://site');
      const file = decodeURIComponent(pathname).replace(/\/$/, '/index.html');
      try {
        const content = readFileSync(join(site, file));
        response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
        response.end(content);
      } catch {
        response.writeHead(404).end();
      }
    }).listen(0, '127.0.0.1', () => resolve(server));
  });

beforeAll(async () => {
  const { NODE_OPTIONS: _options, ...environment } = process.env;
  await promisify(execFile)(process.execPath, ['tools/site.mjs', '--out', site], {
    cwd: repository,
    env: environment,
    maxBuffer: 1e8,
  });
});
afterAll(() => rmSync(site, { recursive: true }));

describe('the site of the documents', () => {
  it('has every document, and a page of the API for every service', () => {
    const expected = globSync('**/*.md', { cwd: join(repository, 'docs') }).map((name) =>
      name.replace(/README\.md$/, 'index.md').replace(/\.md$/, '.html'),
    );
    const { paths } = JSON.parse(readFileSync(join(repository, 'docs/openapi.json'), 'utf8')) as {
      readonly paths: { readonly [path: string]: { readonly [verb: string]: { readonly tags: string[] } } };
    };
    const services = new Set(
      Object.values(paths).flatMap((item) => Object.values(item).flatMap(({ tags }) => tags)),
    );
    const there = new Set(globSync('**/*.html', { cwd: site }));
    expect(
      [...expected, ...[...services].map((service) => `api/${service}.html`)].filter(
        (page) => !there.has(page),
      ),
    ).toEqual([]);
  });

  it('has no link that leads nowhere, not even to a heading', () => {
    const files = new Set(globSync('**/*', { cwd: site }));
    const pages = [...files].filter((file) => file.endsWith('.html') && file !== '404.html');
    const idsOf = new Map(
      pages.map((page) => [
        page,
        new Set([...textOf(page).matchAll(/ id="([^"]+)"/g)].map((found) => found[1]!)),
      ]),
    );
    let followed = 0;
    const dead = pages.flatMap((page) =>
      [...textOf(page).matchAll(/<a\b[^>]* href="([^"]*)"/g)].flatMap((found) => {
        const target = found[1]!.replaceAll('&amp;', '&');
        if (/^(?:https?|mailto):/.test(target)) return [];
        followed += 1;
        const [path = '', hash = ''] = target.split('#');
        const full =
          path === '' ? page : path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(page), path);
        const file = [full, `${full}.html`, posix.join(full, 'index.html')].find((one) => files.has(one));
        const known = file !== undefined && (idsOf.get(file)?.has(decodeURIComponent(hash)) ?? true);
        return known || (file !== undefined && hash === '') ? [] : [`${page}: ${target}`];
      }),
    );
    expect(followed).toBeGreaterThan(1000);
    expect([...new Set(dead)]).toEqual([]);
  });

  it('shows an operation in curl, TypeScript, Python and on the command line', () => {
    // Colours split the text of an example.
    const page = textOf('api/safety-rails.html').replaceAll(/<\/?span[^>]*>/g, '');
    for (const language of ['curl', 'TypeScript', 'Python', 'CLI']) expect(page).toContain(`>${language}<`);
    expect(page).toContain('interlock actions approve ACTION');
  });

  it('has a tutorial of at most 80 lines for each reader', () => {
    const tutorials = globSync('docs/tutorials/*.md', { cwd: repository });
    expect(tutorials).toHaveLength(6);
    for (const tutorial of tutorials)
      expect(readFileSync(join(repository, tutorial), 'utf8').split('\n').length).toBeLessThanOrEqual(81);
  });
});

suiteWhere(describe, 'in a browser', browserFile === undefined ? ['Chromium on this machine'] : [], () => {
  let server: Server;
  let browser: Browser;
  const visit = async (path: string, theme: 'light' | 'dark' = 'light'): Promise<Page> => {
    const context = await browser.newContext({ colorScheme: theme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    return page;
  };
  beforeAll(async () => {
    server = await serve();
    browser = await chromium.launch({ executablePath: browserFile ?? '', args: browserFlags });
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  it.each(['/', '/getting-started.html', '/api/digital-twin.html', '/POLICY_RECIPES.html'])(
    '%s has no finding of axe in either theme',
    async (path) => {
      for (const theme of ['light', 'dark'] as const) {
        const page = await visit(path, theme);
        await page.locator('h1').first().waitFor();
        const { violations } = await new AxeBuilder({ page })
          .setLegacyMode(true)
          .options({ resultTypes: ['violations'] })
          .analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes.slice(0, 5).map(({ html }) => html)])).toEqual(
          [],
        );
        await page.context().close();
      }
    },
  );

  it('the search finds a word without a server', async () => {
    const page = await visit('/');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('searchbox').fill('continuation');
    await page.locator('#localsearch-list a[href*="agents"]').first().click();
    await page.waitForURL(/\/agents\.html/);
    await page.context().close();
  });

  it('the playground decides a request by a rule that the reader changes', async () => {
    const page = await visit('/POLICY_RECIPES.html');
    const answer = page.getByRole('region', { name: 'Playground' }).getByRole('status');
    await page.getByRole('button', { name: 'Decide' }).click();
    await answer.getByText('ALLOW', { exact: true }).waitFor();
    const bundle = page.getByLabel('Bundle');
    await bundle.fill((await bundle.inputValue()).replace('"value": 85', '"value": 99'));
    await page.getByRole('button', { name: 'Decide' }).click();
    await answer.getByText('NEEDS_APPROVAL', { exact: true }).waitFor();
    await bundle.fill('{ "version": "1.0.0", "rules": [{}] }');
    await page.getByRole('button', { name: 'Decide' }).click();
    await answer.getByText('/rules/0/id: is required').waitFor();
    await page.context().close();
  });
});
