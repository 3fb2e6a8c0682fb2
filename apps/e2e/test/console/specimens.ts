import { expect } from '@jest/globals';
import type { Route } from 'playwright-core';
import { until } from '@interlock/testing';
import { pressUntil } from './keyboard.js';
import {
  answers,
  banner,
  cutOff,
  digestChanged,
  engaged,
  inReach,
  isOff,
  live,
  offline,
  onTop,
  problem,
  stopped,
  type Specimen,
} from './specimen.js';
import { redPosture, use } from './stopped-answers.js';
import { rejectButton, turnedOff } from './world.js';

type Json = Record<string, unknown>;

/** The states of design.md, section 12, in the order of its sheet, each in the page that has it. */
export const specimens: readonly Specimen[] = [
  {
    title: '1 loading',
    part: '.o5',
    lead: async (page, { world, front }) => {
      const held: Route[] = [];
      let holds = true;
      const letGo = (): Promise<unknown> => {
        holds = false;
        return Promise.all(held.splice(0).map((route) => route.continue()));
      };
      await page.route(/\/autonomous\/actions\?/, async (route) => {
        if (holds) held.push(route);
        else await route.continue();
      });
      await page.goto(world.url('/', front.url));
      await live(page);
      const card = page.getByRole('region', { name: 'In flight', exact: true });
      await card.locator('[aria-busy=true]').waitFor();
      // Nobody sees a skeleton who waits for less than that.
      expect(await page.evaluate('getComputedStyle(document.querySelector(".o5 .sk")).animationDelay')).toBe(
        '0.15s',
      );
      return async () => {
        await letGo();
        await card.getByRole('link', { name: 'Cell failover' }).first().waitFor();
        await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
        // What is read again, however slowly, leaves what stands there.
        holds = true;
        front.say('gap', {});
        await until(() => held.length > 0, 'it is read again');
        expect(await page.locator('[aria-busy=true]').count()).toBe(0);
        await card.getByRole('link', { name: 'Cell failover' }).first().waitFor();
        await letGo();
      };
    },
  },
  {
    title: '2 empty',
    part: '.o1',
    lead: async (page, { open }) => {
      await answers(page, /\/autonomous\/inbox\?/, (body) => ({
        ...body,
        items: [],
        next: null,
        mine: 0,
        all: 0,
      }));
      await open('/');
      await page.getByText('No request waits for you.').waitFor();
    },
  },
  {
    title: '2 filtered to nothing',
    part: 'main',
    lead: async (page, { open }) => {
      await open('/actions?entity=nobody');
      await page.getByText('No action matches this.').waitFor();
      await page.getByRole('button', { name: 'Clear the filter' }).waitFor();
    },
  },
  {
    title: '3 one card in error',
    part: '.o8',
    lead: async (page, { open }) => {
      let fails = true;
      await page.route(/\/policy\/bundles\/active$/, (route) => (fails ? problem(route) : route.continue()));
      await open('/');
      const card = page.getByRole('region', { name: 'Rollout' });
      await card.getByText('Service unreachable').waitFor();
      await card.getByText('The rest of this page works, and so does Stop.').waitFor();
      await card.getByRole('button', { name: 'Retry' }).waitFor();
      await card.getByText('trace 4bf92f3577b34da6a3ce929d0e0e4736').waitFor();
      await page.getByRole('link', { name: 'Cell failover' }).first().waitFor();
      return async () => {
        // The live stream may refresh the card at any moment, and with it goes the button.
        const retry = await card.getByRole('button', { name: 'Retry' }).elementHandle();
        fails = false;
        await retry?.dispatchEvent('click');
        await card.getByText('is active').waitFor();
      };
    },
  },
  {
    title: '4 a service that does not answer',
    part: 'main .cols',
    lead: async (page, { world, open }) => {
      const id = await world.asked('cell-006-2');
      await answers(page, new RegExp(`/autonomous/actions/${id}$`), (action) => ({
        ...action,
        state: 'PENDING',
        approval: null,
        reasons: [],
        gates: (action['gates'] as readonly Json[]).filter(({ gate }) =>
          ['kill_switch', 'posture', 'autonomy_mode'].includes(String(gate)),
        ),
        steps: [],
        waiting_for: 'digital-twin',
        waiting: {
          service: 'digital-twin',
          gate: 'prediction',
          detail: 'it was asked 12 times',
          expires_at: new Date(Date.now() + 3_600_000).toISOString(),
        },
      }));
      await open(`/actions/${id}`);
      const card = page.getByRole('region', { name: 'Gates' });
      await card.getByText('Prediction waits for digital-twin.').waitFor();
      await card.getByText('it was asked 12 times').waitFor();
      await card.getByText('then it does not run').first().waitFor();
      await card.getByRole('timer').waitFor();
      await page.locator('li[aria-current=step]').getByText('Prediction').waitFor();
      return () => world.cancel(id);
    },
  },
  {
    title: '5 a scope that is missing',
    part: '[aria-label=Request]',
    role: 'viewer',
    lead: async (page, { world, open }) => {
      const id = await world.asked('cell-006-2');
      await open(`/approvals?id=${id}`);
      await isOff(page, /^Approve this change/);
      await turnedOff(rejectButton(page));
      await page.getByText('Needs the scope AUTONOMOUS_APPROVE').first().waitFor();
      return () => world.cancel(id);
    },
  },
  {
    title: '6 and 11 the stream offline for more than a minute',
    clock: true,
    part: banner,
    lead: offline,
    phone: onTop,
  },
  {
    title: '7 a conflict, and a version that is taken',
    part: 'main',
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
      const card = page.getByRole('region', { name: 'Somebody else has saved this draft' });
      await card.getByRole('button', { name: 'Take theirs' }).waitFor();
      await card.getByText('39').first().waitFor();
      return async () => {
        await card.getByRole('button', { name: 'Continue with mine' }).click();
        const text = page.getByRole('textbox', { name: 'Bundle as JSON' });
        await text.getByText('39').waitFor();
        await text.focus();
        for (const key of ['Control+Home', 'ArrowDown', 'End', 'ArrowLeft', 'ArrowLeft'])
          await page.keyboard.press(key);
        for (let i = 0; i < String(draft['version']).length; i += 1) await page.keyboard.press('Backspace');
        await page.keyboard.type(active.version);
        await page.getByRole('button', { name: `Save as ${active.version}` }).click();
        const taken = page.getByRole('region', { name: `Version ${active.version} already exists` });
        await taken.getByRole('link', { name: 'Open theirs' }).waitFor();
        await taken.getByRole('button', { name: /^Continue as / }).click();
        await text.getByText('39').waitFor();
        await taken.waitFor({ state: 'detached' });
        await page.getByRole('button', { name: /^Save as \d/ }).waitFor();
      };
    },
  },
  {
    title: '8 the kill switch being engaged',
    part: '[role=dialog]',
    lead: async (page, { open }) => {
      // It never comes to the server, which says so only when everything was looked at.
      const held: Route[] = [];
      await page.route(/\/autonomous\/kill-switch$/, (route) => held.push(route));
      await open('/');
      await pressUntil(page, ['Shift+S'], page.locator('[data-autofocus]:focus'));
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Engaging…' }).waitFor();
      await until(() => held.length > 0, 'it was sent');
      return async () => {
        await Promise.all(held.map(problem));
        await page.getByText('nothing was stopped').waitFor();
      };
    },
  },
  { title: '8 and 11 the kill switch, until all is still', part: banner, lead: stopped, phone: onTop },
  {
    title: '8 two banners at most, in their order, of a stop, a narrow one, RED and offline',
    part: banner,
    clock: true,
    lead: async (page, { front, open }) => {
      const narrow = { ...use, use_id: 'use-2', scope: 'agent', agent: 'night-shift' };
      await engaged(page, narrow);
      await answers(page, /\/api\/v1\/posture$/, redPosture);
      await open('/');
      await live(page);
      const after = await cutOff(page, front);
      const banners = page.locator('main > .banner');
      expect(await banners.count()).toBe(2);
      await banners.first().getByText('No action starts until a person releases it.').waitFor();
      await banners.first().getByText('No action of agent night-shift starts').waitFor();
      await banners.last().getByText('integrity_score 61, RED below 70').waitFor();
      // The third has no room there; the head of the page says it.
      await page.getByRole('banner').getByText('Offline since').waitFor();
      return after;
    },
  },
  {
    title: '9 and 11 a digest that changed',
    part: '[aria-label=Request]',
    lead: digestChanged,
    phone: inReach,
  },
  {
    title: '10 a session that has ended',
    part: 'main',
    lead: async (page, { open }) => {
      await open('/approvals');
      await page.context().clearCookies();
      await page.goto(page.url());
      await page.getByRole('heading', { name: 'Sign in to Interlock' }).waitFor();
      expect(new URL(page.url()).searchParams.get('next')).toMatch(/^\/approvals/);
      await page.getByText('To stop everything without a session').waitFor();
    },
  },
];
