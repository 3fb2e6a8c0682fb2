import type { Api } from './api.js';
import type { Optimizer } from './optimizer.js';
import { closeIncidents } from './provision.js';
import type { DemoStep } from './script.js';

/** Calls `work` once in `ms` milliseconds; returns a function that cancels it. */
export type After = (ms: number, work: () => void) => () => void;

/** The clock of the process. */
export const inRealTime: After = (ms, work) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

export type Play = {
  readonly script: Iterator<DemoStep, never>;
  readonly optimizer: Pick<Optimizer, 'ask' | 'cells' | 'repair' | 'surprise'>;
  readonly api: Api;
  readonly after: After;
  /** Receives the failed part of a step. The demo continues. */
  readonly failed: (what: string, error: unknown) => void;
};

/**
 * Follows the script. Each step runs at its own time, independently of the previous one. A step
 * whose preparation fails still requests its action. Returns a function that stops it.
 */
export const playDemo = ({ script, optimizer, api, after, failed }: Play): (() => void) => {
  const tried = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failed(what, error);
    }
  };
  const take = async ({ cell, repair, surprise, parameters, confidence_score }: DemoStep): Promise<void> => {
    if (repair) {
      await tried(`the repair of ${cell}`, () => optimizer.repair(api, cell));
      await tried('closing the incidents of repaired cells', () => closeIncidents(api, optimizer.cells));
    }
    if (surprise) await tried(`the surprise at ${cell}`, () => optimizer.surprise(cell));
    await tried(`the intent for ${cell}`, () => optimizer.ask(cell, { parameters, confidence_score }));
  };
  let callOff = (): void => undefined;
  const next = (now: number): void => {
    const { value: step } = script.next();
    callOff = after(step.at_ms - now, () => {
      next(step.at_ms);
      void take(step);
    });
  };
  next(0);
  return () => callOff();
};
