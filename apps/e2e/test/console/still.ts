import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page, Route } from 'playwright-core';
import { repository } from '../stack.js';
import { differenceOf } from './picture-diff.js';

type Json = Record<string, unknown>;
/** What the API answered once, by method and path, and when that was. */
export type Answers = { readonly at: string; readonly answers: Readonly<Record<string, unknown>> };

export const pictureFolder = join(repository, 'apps/e2e/pictures');
const answersFile = join(pictureFolder, 'answers.json');
/** Lists are kept so long: enough to show what a row looks like. */
const rowsAtMost = 6;
const called = /\/(?:api\/v1|session)(?:\/|$)/;

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shortened = (body: unknown): unknown =>
  isRecord(body) && Array.isArray(body['items'])
    ? { ...body, items: body['items'].slice(0, rowsAtMost), ...('next' in body ? { next: null } : {}) }
    : body;
/** What was asked for; how many rows makes no difference where all are short. */
const nameOf = (route: Route): string => {
  const { pathname, searchParams } = new URL(route.request().url());
  searchParams.delete('limit');
  return `${route.request().method()} ${pathname}${searchParams.size === 0 ? '' : `?${searchParams.toString()}`}`;
};

/** The answers that the pictures are made of. */
export const readAnswers = (): Answers => JSON.parse(readFileSync(answersFile, 'utf8')) as Answers;

/**
 * Lets the real answers through, shortened, and keeps them; answers how to write them into the
 * repository.
 */
export const recordAnswers = (): {
  readonly before: (context: BrowserContext) => Promise<unknown>;
  readonly write: () => void;
} => {
  const kept = new Map<string, unknown>();
  return {
    before: (context) =>
      context.route(called, async (route) => {
        if (new URL(route.request().url()).pathname === '/api/v1/live') {
          await route.fallback();
          return;
        }
        const response = await route.fetch();
        const json = shortened(await response.json());
        if (response.ok() && route.request().method() === 'GET') kept.set(nameOf(route), json);
        await route.fulfill({ response, json });
      }),
    write: () => {
      const answers = Object.fromEntries([...kept].sort(([a], [b]) => a.localeCompare(b)));
      writeFileSync(
        answersFile,
        `${JSON.stringify({ at: new Date().toISOString(), answers } satisfies Answers)}\n`,
      );
    },
  };
};

/** Stands in for the live stream: it says once what time it is, and nothing more. */
const quietStream = (at: string): string => `globalThis.EventSource = class extends EventTarget {
  readyState = 1;
  constructor() {
    super();
    setTimeout(() => this.dispatchEvent(new MessageEvent('time', { data: ${JSON.stringify(JSON.stringify({ server_time: at }))} })), 0);
  }
  close() {}
};`;

/**
 * A page whose clock stands still and whose API answers what it answered once; changed by path
 * where a picture is of a state.
 */
export type Still = {
  /** Of what was asked for, what there is no answer to. */
  readonly unanswered: string[];
  /** How many questions are open. */
  readonly open: () => number;
  /** Answers something else from now on, by the beginning of the path below `/api/v1`. */
  change: { readonly [path: string]: (body: Json) => object };
  readonly before: (context: BrowserContext) => Promise<void>;
};

export const stillPage = ({ at, answers }: Answers): Still => {
  let asked = 0;
  const still: Still = {
    unanswered: [],
    open: () => asked,
    change: {},
    before: async (context) => {
      await context.clock.setFixedTime(new Date(at));
      await context.addInitScript(quietStream(at));
      await context.route(called, async (route) => {
        asked += 1;
        const name = nameOf(route);
        const found = answers[name];
        const path = name.replace(/^GET \/api\/v1|\?.*$/g, '');
        const change = still.change[path];
        if (found === undefined && change === undefined) {
          still.unanswered.push(name);
          await route.fulfill({ status: 404, json: { title: 'Not recorded', detail: name } });
        } else await route.fulfill({ json: change?.(isRecord(found) ? found : {}) ?? found });
        asked -= 1;
      });
    },
  };
  return still;
};

/**
 * Takes pictures until two in a row are the same while nothing is asked for: what still moves is
 * not what the picture is of.
 */
export const settled = async (page: Page, still: Still): Promise<Buffer> => {
  const shot = (): Promise<Buffer> =>
    page.screenshot({ type: 'png', animations: 'disabled', caret: 'hide', scale: 'css' });
  let before = await shot();
  for (;;) {
    const now = await shot();
    // The browser may round the edge of a bar otherwise each time.
    if (still.open() === 0 && (now.equals(before) || differenceOf(before, now).pixels === 0)) return now;
    before = now;
  }
};
