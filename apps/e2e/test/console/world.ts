import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { atThisPace, until } from '@interlock/testing';
import { site } from '../network.js';
import { repository, Stack } from '../stack.js';
import { browserFlags } from './browser-flags.js';

/**
 * The browsers that the suites can drive, the first that is there. The headless shell is Chromium
 * without a window of its own, and takes a quarter less processor time.
 */
export const browserFile = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
  .map((name) => join('/usr/bin', name))
  .find((file) => existsSync(file));

const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What somebody hostile would have shown: markup, and more text than fits. */
export const hostile = `<img src=x onerror="document.title='owned'"> ${'🧨'.repeat(20)} ${'long'.repeat(30)}`;

export const desk = { width: 1440, height: 1000 };
export const phone = { width: 390, height: 844 };

/** Waits until the page has drawn what is in it now. */
const drawn = (page: Page): Promise<unknown> =>
  page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');

/** Gives the window another size, and waits until the page has drawn what belongs there. */
export const resize = async (page: Page, viewport: typeof desk): Promise<void> => {
  await page.setViewportSize(viewport);
  await until(
    async () => Number(await page.evaluate('innerWidth')) === viewport.width,
    `the window is ${viewport.width} wide`,
  );
  // The queries of media are answered before a frame, and React draws what follows at once.
  await drawn(page);
};

/** The button that rejects the one request that is shown, and not several at once. */
export const rejectButton = (page: Page): Locator =>
  page.getByRole('button', { name: /^Reject(?! several)/ });

/** Waits until a button is off: there, and not to be pressed. */
export const turnedOff = async (button: Locator): Promise<void> => {
  await until(
    async () => (await button.getAttribute('aria-disabled')) === 'true',
    `${String(button)} is off`,
  );
};

/** Waits until a button is there and on. It is off while the page may be out of date. */
export const turnedOn = async (button: Locator): Promise<void> => {
  await button.and(button.page().locator(':not([aria-disabled=true])')).waitFor();
};

const { demoFleet } = (await import(join(repository, 'apps/device-simulator/dist/index.js'))) as {
  readonly demoFleet: () => readonly object[];
};
/**
 * The demo's fleet, and sites that the demo leaves alone. An action changes all cells of its site,
 * which voids a yes to another action there.
 */
const fleet = [...demoFleet(), ...['006', '007', '008'].map((name) => site(name))];
const refuseDemoCell = (entity: string): void => {
  if (/^cell-00[1-4]-/.test(entity))
    throw new Error(`the demo uses the site of ${entity}; take another cell`);
};

export type Visit = { readonly context: BrowserContext; readonly page: Page };
export type VisitOptions = {
  readonly viewport?: typeof desk;
  readonly touch?: boolean;
  /**
   * What moves may move; it is drawn anew many times a second, so that only a case that is about it
   * asks for it.
   */
  readonly motion?: boolean;
  /** Its faults are none of ours. */
  readonly unwatched?: boolean;
  /** Where the browser goes instead of the edge: a door of its own before it. */
  readonly origin?: string;
  /** What runs before the page does. */
  readonly before?: (context: BrowserContext) => Promise<unknown>;
};
type Json = Record<string, unknown>;
type Kept = Awaited<ReturnType<BrowserContext['storageState']>>;

/** One stack with the seeded demo and one browser for all cases of the console. */
export class ConsoleWorld {
  readonly stack = new Stack({ args: [], devices: fleet });
  /** Script errors and what the content policy refused, in any page, by its address. */
  readonly faults: string[] = [];
  readonly #sessions = new Map<string, Promise<Kept>>();
  readonly #open = new Set<BrowserContext>();
  #browser: Browser | undefined;
  #token = '';
  #printed = '';
  #asked = 0;

  async start(): Promise<void> {
    await this.stack.start();
    // What is printed later pushes it out.
    this.#printed = this.stack.output;
    const scopes = 'AUTONOMOUS_READ,AUTONOMOUS_SUBMIT,AUTONOMOUS_APPROVE,POLICY_READ,POLICY_WRITE,AUDIT_READ';
    this.#token = (await this.stack.cli('token', '--tenant', 'demo', '--scope', scopes)).stdout.trim();
    await this.#keepBundle();
    this.#browser = await chromium.launch({ executablePath: browserFile ?? '', args: browserFlags });
  }

  /**
   * Keeps the demo's bundle active, however long the suite takes: failures that cases bring about
   * would count, with the demo's own, as reasons to take it back.
   */
  async #keepBundle(): Promise<void> {
    const file = join(this.stack.home, 'rollout.json');
    writeFileSync(
      file,
      JSON.stringify({ incident_table: [{ max_age_h: null, min_error_pct: 5, then: 'page' }] }),
    );
    await this.#confirmed('policy', 'settings', 'set-rollout', file);
  }

  async end(): Promise<void> {
    await this.#browser?.close();
    await this.stack.remove();
  }

  /**
   * Ends every visit that is still open: of a case that failed too, so that the next one begins
   * anew.
   */
  async leave(): Promise<void> {
    await Promise.all(
      [...this.#open].map(async (context) => {
        // What a case answers itself may still be on its way.
        await Promise.all(
          [context, ...context.pages()].map((one) => one.unrouteAll({ behavior: 'ignoreErrors' })),
        );
        await context.close();
      }),
    );
  }

  /** The address of a page. */
  url(path: string, origin = this.stack.runtime.http): string {
    return `${origin}${path}`;
  }

  /** The link that the stack printed for a role at its start. */
  link(role: string): string {
    const found = new RegExp(`^ +${role} +(http\\S+)$`, 'm').exec(this.#printed)?.[1];
    if (found === undefined) throw new Error(`no link for ${role} was printed`);
    return found;
  }

  /** A fresh browser profile that nobody has signed in with. */
  async visit(
    { viewport = desk, touch = false, motion = false, unwatched = false, before }: VisitOptions = {},
    session?: Kept,
  ): Promise<Visit> {
    if (this.#browser === undefined) throw new Error('the browser was not started');
    const context = await this.#browser.newContext({
      viewport,
      hasTouch: touch,
      reducedMotion: motion ? 'no-preference' : 'reduce',
      ...(session === undefined ? {} : { storageState: session }),
    });
    this.#open.add(context);
    context.once('close', () => this.#open.delete(context));
    // Nothing waits so long where the machine has nothing else to do.
    context.setDefaultTimeout(atThisPace(60_000));
    await before?.(context);
    context.on('page', (page) => {
      if (!unwatched) this.#watch(page);
    });
    return { context, page: await context.newPage() };
  }

  #watch(page: Page): void {
    page.on('pageerror', (error) => this.faults.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && /Content Security|CSP/.test(message.text()))
        this.faults.push(`${page.url()}: ${message.text()}`);
    });
  }

  async #signIn(role: string): Promise<Kept> {
    const { context, page } = await this.visit();
    await page.goto(this.link(role));
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    const kept = await context.storageState();
    await context.close();
    return kept;
  }

  /**
   * A browser profile in which somebody of a role is signed in, at a page, or at none yet. An
   * invitation is good once, so the session is kept and shared.
   */
  async as(role: string, path: string | null = '/', options: VisitOptions = {}): Promise<Visit> {
    const known = this.#sessions.get(role) ?? this.#signIn(role);
    this.#sessions.set(role, known);
    const session = await known.catch((error: unknown) => {
      this.#sessions.delete(role);
      throw error;
    });
    const visit = await this.visit(options, session);
    if (path !== null) await this.open(visit.page, path, options.origin);
    return visit;
  }

  /** Goes to a page and waits until it shows what it is about, in its own fonts. */
  async open(page: Page, path: string, origin?: string): Promise<void> {
    await page.goto(this.url(path, origin));
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
    await page.evaluate('document.fonts.ready.then(() => true)');
  }

  /**
   * The findings of axe in a page, each with what it is about; none where all is well. Of all rules
   * and the whole page, unless some rules or a part are named.
   */
  async axe(page: Page, rules?: readonly string[], part?: string): Promise<readonly string[]> {
    // What lies half under the header that stays while a page scrolls would count as too small.
    await page.evaluate('scrollTo(0, 0)');
    // What fades in has colours of its own until it is there.
    await drawn(page);
    await until(
      () =>
        page.evaluate<boolean>(
          'document.getAnimations().every((one) => one.playState !== "running" || one.effect?.getComputedTiming().endTime === Infinity)',
        ),
      'nothing on the page moves',
    );
    // No page has a frame, and without one the other mode does the same, in a page of its own that
    // it opens for each run: half of what a run costs.
    // Only violations in full: the list of all that holds is a quarter of what a run costs.
    const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
    if (part !== undefined) axe.include(part);
    const { violations } = await (
      rules === undefined ? axe.withTags(axeTags) : axe.withRules([...rules])
    ).analyze();
    return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html.slice(0, 200) ?? ''}`);
  }

  /** Calls the API as a service of the tenant; `revision` is the one that a change is based on. */
  async call(method: string, path: string, body?: object, revision?: string): Promise<Json> {
    const response = await fetch(this.url(path), {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        'content-type': 'application/json',
        ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Json;
  }

  /**
   * Submits an action and answers its id. Of the account `ran-north` it waits for a person's yes.
   */
  async ask(entity: string, change: object = {}): Promise<string> {
    this.#asked += 1;
    const { action_id: id } = await this.call('POST', '/api/v1/autonomous/actions', {
      intent_id: `console-${this.#asked}-${Date.now()}`,
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
      ...change,
    });
    return String(id);
  }

  async stateOf(id: string): Promise<unknown> {
    return (await this.call('GET', `/api/v1/autonomous/actions/${id}`))['state'];
  }

  /** Waits until a page shows something of an action. In vain, it says what the log has of it. */
  async shows(what: Locator, id: string): Promise<void> {
    try {
      await what.waitFor();
    } catch (error) {
      const { items } = (await this.call('GET', `/api/v1/autonomous/actions/${id}/timeline`)) as {
        readonly items: readonly { readonly at: string; readonly type: string; readonly data: object }[];
      };
      const lines = items.map(({ at, type, data }) => `${at} ${type} ${JSON.stringify(data).slice(0, 300)}`);
      throw new Error(`the action is ${String(await this.stateOf(id))}:\n${lines.join('\n')}`, {
        cause: error,
      });
    }
  }

  async waitFor(id: string, state: string): Promise<void> {
    await until(async () => (await this.stateOf(id)) === state, `${id} is ${state}`);
  }

  /**
   * Submits until an action comes to a state: while the posture of a stack that has just started is
   * not known, everything is denied.
   */
  async #until(state: string, submit: () => Promise<string>): Promise<string> {
    return until(async () => {
      const id = await submit();
      const came = await until(async () => {
        const now = await this.stateOf(id);
        return now === 'PENDING' ? undefined : now;
      }, `${id} is judged`);
      return came === state ? id : undefined;
    }, `an action is ${state}`);
  }

  /** An action that waits for a person's yes. */
  async asked(entity: string): Promise<string> {
    refuseDemoCell(entity);
    return this.#until('AWAITING_APPROVAL', () => this.ask(entity));
  }

  /** An action that proceeds by itself unless somebody stops it within its window. */
  async held(entity: string): Promise<string> {
    refuseDemoCell(entity);
    const parameters = { power_raise_db: 3, cell_individual_offset: 6 };
    return this.#until('AWAITING_CONFIRMATION', () =>
      this.ask(entity, { agent: 'ran-optimizer', parameters }),
    );
  }

  /** A program proposes a budget for a new account; answers the change request's id. */
  async proposed(account: string, why: string): Promise<string> {
    const token = (
      await this.stack.cli('token', '--tenant', 'demo', '--scope', 'AUTONOMY_ADMIN')
    ).stdout.trim();
    const response = await fetch(this.url('/api/v1/autonomy/budget'), {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'interlock-reason': encodeURIComponent(why),
      },
      // No action of the account has been seen.
      body: JSON.stringify({ account_id: account, max_autonomous_per_day: 7, force: true }),
    });
    const asked = (await response.json()) as Json;
    if (response.status !== 202) throw new Error(`it is not a change request: ${JSON.stringify(asked)}`);
    return String(asked['change_id']);
  }

  /** Runs a command as an administrator; answers its output. */
  async #command(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.stack.cli('--as', 'ann', '--tenant', 'demo', ...args);
    if (code !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Runs a command. If it asks for a change, the person who runs it confirms that. */
  async #confirmed(...args: readonly string[]): Promise<void> {
    const asked = await this.#command(...args, '--json');
    const { change_id: id, digest } = JSON.parse(asked) as { readonly [member: string]: string };
    if (id !== undefined && digest !== undefined)
      await this.#command('changes', 'approve', id, '--digest', digest);
  }

  /** Gives an agent a credential for an account. */
  async agent(name: string, account: string): Promise<void> {
    const file = join(this.stack.home, `${name}.json`);
    await this.#confirmed('agents', 'create', name, '--account', account, '--out', file);
  }

  /** Tells nobody any more: removes the demo's one channel. */
  async tellNobody(): Promise<void> {
    await this.#confirmed('channels', 'remove', 'demo-receiver');
  }

  /** Tells people on Slack, at an address, on the channel that the demo's routes name. */
  async tellOnSlack(url: string): Promise<void> {
    const name = 'demo-receiver';
    const file = join(this.stack.home, `${name}.secret`);
    writeFileSync(file, url);
    const { host } = new URL(url);
    await this.#command('secrets', 'put', 'channel', name, '--for', host, '--from', file);
    await this.#confirmed('channels', 'set', name, '--kind', 'slack', '--set', `url_ref=file:${name}`);
  }

  /** Takes an action back that nobody needs any more. */
  async cancel(id: string): Promise<void> {
    await this.call('POST', `/api/v1/autonomous/actions/${id}/cancel`, {});
  }
}
