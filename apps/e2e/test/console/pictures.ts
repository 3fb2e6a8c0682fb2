import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { suiteWhere } from '@interlock/testing';
import { coveredAction } from './evidence.js';
import { differenceOf, isSame, smaller } from './picture-diff.js';
import {
  pictureFolder,
  readAnswers,
  recordAnswers,
  settled,
  stillPage,
  type Answers,
  type Still,
} from './still.js';
import { engagedStatus, receiptOf, redPosture } from './stopped-answers.js';
import { browserFile, phone, type ConsoleWorld } from './world.js';

const mode = process.env['INTERLOCK_SCREENSHOTS'];
const isWriting = mode === 'write' || mode === 'record';
const takenWith = join(pictureFolder, 'taken-with.json');
const wide = { width: 1200, height: 760 };

type Picture = {
  readonly name: string;
  readonly path: string;
  readonly viewport: typeof wide;
  readonly themes: readonly ('light' | 'dark')[];
  readonly change?: Still['change'];
};

const stoppedAndRed: Still['change'] = {
  '/autonomous/kill-switch/use-1': () => receiptOf(['ROLLING_BACK', 'COMPLETED']),
  '/autonomous/status': (status) => engagedStatus(status),
  '/posture': redPosture,
};

/** The actions whose pages are taken, by their state. */
type Shown = { readonly ended: string; readonly asked: string };
const picturesOf = ({ ended, asked }: Shown): readonly Picture[] => [
  { name: 'overview', path: '/', viewport: wide, themes: ['light', 'dark'] },
  { name: 'action', path: `/actions/${ended}`, viewport: wide, themes: ['light'] },
  { name: 'approvals', path: `/approvals?id=${asked}`, viewport: wide, themes: ['dark'] },
  { name: 'approvals-phone', path: `/approvals?id=${asked}`, viewport: phone, themes: ['light'] },
  { name: 'autonomy', path: '/autonomy', viewport: wide, themes: ['light'] },
  { name: 'posture', path: '/posture', viewport: wide, themes: ['dark'] },
  { name: 'alerts', path: '/alerts', viewport: wide, themes: ['light'] },
  { name: 'devices', path: '/devices', viewport: wide, themes: ['light'] },
  { name: 'stopped', path: '/', viewport: phone, themes: ['light', 'dark'], change: stoppedAndRed },
];

/** The name of a browser's program, and its major version. */
const nameOf = (file: string): string => {
  const printed = execFileSync(file, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
  return `${basename(file)} ${/\b(\d+)\.\d+\.\d+/.exec(printed)?.[1] ?? ''}`;
};
/**
 * What this machine lacks to compare pictures. Another browser or version draws letters and edges
 * differently.
 */
const missing = (): readonly string[] => {
  if (isWriting || browserFile === undefined || !existsSync(takenWith)) return [];
  const { browser: wanted } = JSON.parse(readFileSync(takenWith, 'utf8')) as { readonly browser: string };
  const here = nameOf(browserFile);
  return here === wanted ? [] : [`${wanted}, with which the pictures were taken, instead of ${here}`];
};

/** The recorded action of a state that is answered by itself, not in a list. */
const actionIn = ({ answers }: Answers, state: string): string => {
  const found = Object.entries(answers).find(
    ([name, answer]) =>
      /\/autonomous\/actions\/[^/?]+$/.test(name) &&
      typeof answer === 'object' &&
      answer !== null &&
      'state' in answer &&
      answer.state === state,
  );
  return found?.[0].split('/').at(-1) ?? '';
};

const show = async (world: ConsoleWorld, page: Page, path: string): Promise<void> => {
  await world.open(page, path);
  await page.getByText('Live', { exact: true }).first().waitFor({ state: 'attached' });
};

/**
 * Pictures of pages whose clock stands still and whose answers are always the same, compared with
 * those of the repository.
 */
export const pictureCases = (world: ConsoleWorld): void => {
  suiteWhere(describe, 'Pictures compared', missing(), () => {
    if (mode === 'record')
      it('records what the pictures are made of', async () => {
        const ended = await coveredAction(world, 'ROLLED_BACK');
        const asked = await world.asked('cell-005-2');
        const record = recordAnswers();
        for (const { path, viewport } of picturesOf({ ended, asked })) {
          const { context, page } = await world.as('administrator', path, {
            viewport,
            before: record.before,
          });
          await page.waitForLoadState('networkidle');
          await context.unrouteAll({ behavior: 'wait' });
          await context.close();
        }
        mkdirSync(pictureFolder, { recursive: true });
        record.write();
      });

    it.each(['light', 'dark'] as const)('look as they did, in the %s theme', async (theme) => {
      const answers = readAnswers();
      const shown = {
        ended: actionIn(answers, 'ROLLED_BACK'),
        asked: actionIn(answers, 'AWAITING_APPROVAL'),
      };
      const faults: string[] = [];
      let folder: string | undefined;
      for (const { name, path, viewport, themes, change } of picturesOf(shown)) {
        if (!themes.includes(theme)) continue;
        const still = stillPage(answers);
        still.change = change ?? {};
        const { context, page } = await world.visit({ viewport, before: still.before });
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await show(world, page, path);
        const file = join(pictureFolder, `${name}-${theme}.png`);
        const now = await settled(page, still);
        expect(still.unanswered).toEqual([]);
        // What nobody could tell apart is left as it is.
        if (isWriting && !(existsSync(file) && isSame(differenceOf(readFileSync(file), now))))
          writeFileSync(file, smaller(now));
        const before = readFileSync(file);
        const difference = differenceOf(before, now);
        if (!isSame(difference)) {
          folder ??= mkdtempSync(join(tmpdir(), 'interlock-pictures-'));
          writeFileSync(join(folder, `${name}-${theme}.png`), now);
          if (difference.drawn !== undefined)
            writeFileSync(join(folder, `${name}-${theme}-difference.png`), difference.drawn);
          faults.push(
            `${name}-${theme}: ${difference.pixels} pixels differ; the new picture and the difference are in ${folder}`,
          );
        }
        // A comparison that lets everything pass says nothing: one token a little off is seen.
        if (name === 'overview') {
          await page.evaluate(
            `document.documentElement.style.setProperty('--t2', '${theme === 'light' ? '#505a6a' : '#a3aebc'}')`,
          );
          expect([name, isSame(differenceOf(before, await settled(page, still)))]).toEqual([name, false]);
        }
        await context.close();
      }
      expect(faults).toEqual([]);
      if (isWriting && browserFile !== undefined)
        writeFileSync(takenWith, `${JSON.stringify({ browser: nameOf(browserFile) })}\n`);
    });
  });
};
