import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, it, describe } from '@jest/globals';
import { suiteWhere, until } from '@interlock/testing';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { Stack } from './stack.js';

const browserFile = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (file) => existsSync(file),
);
const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
/** Nothing waits so long where the machine has nothing else to do. */
const patience = 120_000;
const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

suiteWhere(
  describe,
  'The console in a browser, on the seeded demo',
  browserFile === undefined ? ['Chromium on this machine'] : [],
  () => {
    const stack = new Stack({ args: [] });
    let browser: Browser;
    let token: string;
    const faults: string[] = [];

    const link = (role: string): string => {
      const found = new RegExp(`^ +${role} +(http\\S+)$`, 'm').exec(stack.output)?.[1];
      if (found === undefined) throw new Error(`no link for ${role} was printed`);
      return found;
    };
    const call = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
      const response = await fetch(`${stack.runtime.http}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
      return JSON.parse(text) as Record<string, unknown>;
    };
    /** An action that waits for a person's yes. */
    const ask = async (entity: string): Promise<string> => {
      const { action_id: id } = await call('POST', '/api/v1/autonomous/actions', {
        intent_id: `console-${entity.slice(0, 20)}-${Date.now()}`.replaceAll(/[^a-z0-9-]/gi, 'x'),
        tenant_id: 'demo',
        account_id: 'ran-north',
        agent: 'night-shift',
        action_type: 'cell_failover',
        entity_id: entity,
        affected_entity_count: 3,
        confidence_score: 0.9,
        risk_level: 'LOW',
        lifecycle_state: 'ACTIVE',
        parameters: { power_raise_db: 3, cell_individual_offset: 3 },
      });
      return String(id);
    };
    const waitFor = async (id: string, state: string): Promise<void> => {
      await until(
        async () => (await call('GET', `/api/v1/autonomous/actions/${id}`))['state'] === state,
        `${id} is ${state}`,
      );
    };
    const opened = async (role: string): Promise<{ context: BrowserContext; page: Page }> => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
      context.setDefaultTimeout(patience);
      const page = await context.newPage();
      page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error' && /Content Security|CSP/.test(message.text()))
          faults.push(`${page.url()}: ${message.text()}`);
      });
      await page.goto(link(role));
      await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
      return { context, page };
    };
    let administrator: { context: BrowserContext; page: Page };

    beforeAll(async () => {
      await stack.start();
      const scopes = 'AUTONOMOUS_READ,AUTONOMOUS_SUBMIT,POLICY_READ,POLICY_WRITE,AUTONOMOUS_APPROVE';
      token = (await stack.cli('token', '--tenant', 'demo', '--scope', scopes)).stdout.trim();
      browser = await chromium.launch({ executablePath: browserFile ?? '', args: flags });
      administrator = await opened('administrator');
    });
    afterAll(async () => {
      await browser?.close();
      await stack.remove();
    });

    it('signs in by a link that was printed once and is good once', async () => {
      const context = await browser.newContext();
      context.setDefaultTimeout(patience);
      const page = await context.newPage();
      await page.goto(stack.runtime.http);
      await page.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
      await page.goto(link('administrator'));
      await page.getByRole('alert').getByText('the invitation is unknown, used or too old').waitFor();
      expect(page.url()).not.toContain('invitation=');
      const [cookie] = await administrator.context.cookies();
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
      await context.close();
    });

    it('lets a person approve by keyboard alone, and says what became of it while it happens', async () => {
      const { context, page } = await opened('approver');
      const id = await ask('cell-005-1');
      await waitFor(id, 'AWAITING_APPROVAL');
      await page.keyboard.press('g');
      await page.keyboard.press('p');
      await page.getByRole('heading', { name: 'Approvals', level: 1 }).waitFor();
      await page.goto(`${stack.runtime.http}/approvals?id=${id}`);
      const yes = page.getByRole('button', { name: /Approve this change/ });
      await yes.waitFor();
      await page.getByRole('region', { name: 'Request' }).getByText('cell-005-1').first().waitFor();
      await page.keyboard.press('a');
      expect(await page.locator('button:focus').textContent()).toContain('Approve this change');
      expect((await call('GET', `/api/v1/autonomous/actions/${id}`))['state']).toBe('AWAITING_APPROVAL');
      await page.keyboard.press('Enter');
      // Nobody reads the page anew: the stream says that there is news.
      await page.getByRole('region', { name: 'Request' }).getByText('Completed').first().waitFor();
      await context.close();
    });

    it('stops in two keystrokes, says so on every page, and is released by two people', async () => {
      const { page } = administrator;
      await page.goto(`${stack.runtime.http}/devices`);
      await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
      await page.keyboard.press('Shift+S');
      const dialog = page.getByRole('dialog', { name: 'Stop actions' });
      await dialog.waitFor();
      const { violations } = await new AxeBuilder({ page }).withTags(axeTags).analyze();
      expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html.slice(0, 200) ?? ''}`)).toEqual([]);
      await page.keyboard.press('Enter');
      await page.getByText('No action starts until somebody releases it.').waitFor();
      await page.getByRole('button', { name: 'Stopped' }).waitFor();
      await page.getByRole('button', { name: 'Release…' }).click();
      await page.getByText('You asked for the release').first().waitFor();
      // Who asked may not release it, and that is so after the page was read anew.
      await page.reload();
      const mine = page.getByRole('button', { name: 'Release as the second person' });
      await mine.waitFor();
      expect(await mine.getAttribute('aria-disabled')).toBe('true');
      const { context, page: other } = await opened('operator');
      await other.getByText('asked for the release').waitFor();
      await other.getByRole('button', { name: 'Release as the second person' }).click();
      for (const one of [other, page])
        await one.getByText('No action starts until somebody releases it.').waitFor({ state: 'detached' });
      await context.close();
    });

    it('leaves what somebody may not do in its place, off, with the scope that is missing', async () => {
      const { context, page } = await opened('viewer');
      await page.keyboard.press('Shift+S');
      const stop = page.getByRole('button', { name: 'Stop now' }).first();
      await stop.waitFor();
      expect(await stop.getAttribute('aria-disabled')).toBe('true');
      await page.getByText('Needs the scope AUTONOMOUS_KILL').first().waitFor();
      await page.keyboard.press('Escape');
      await page.goto(`${stack.runtime.http}/audit`);
      await page.getByText('Needs the scope AUDIT_READ').waitFor();
      await context.close();
    });

    it('stops one agent without saying that everything is stopped, and everything for all tenants', async () => {
      const { page } = administrator;
      const { context, page: author } = await opened('policy author');
      const stop = (sent: object): Promise<void> =>
        page.evaluate(async (body) => {
          const response = await fetch('/api/v1/autonomous/kill-switch', {
            method: 'POST',
            headers: { 'x-interlock-console': '1', 'content-type': 'application/json' },
            body: JSON.stringify(body),
          });
          if (!response.ok) throw new Error(await response.text());
        }, sent);
      await stop({ scope: 'agent', agent: 'day-shift', engaged: true, reason: 'looks odd' });
      await page.getByRole('button', { name: 'Release… agent day-shift' }).waitFor();
      await page.getByRole('button', { name: 'Stop…' }).waitFor();
      await page.keyboard.press('Shift+S');
      await page.getByRole('dialog', { name: 'Stop actions' }).waitFor();
      await page.getByText('Everything, for all tenants').click();
      await page.getByRole('button', { name: 'Stop now' }).first().click();
      for (const one of [page, author]) await one.getByText('Stopped for all tenants.').waitFor();
      await context.close();
    });

    it('had no script error and nothing that the content policy refused', () => {
      expect(faults).toEqual([]);
    });
  },
);
