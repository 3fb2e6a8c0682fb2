import type { Api } from './api.js';
import type { Optimizer } from './optimizer.js';
import { closeIncidents } from './provision.js';
import type { DemoStep } from './script.js';

/** Calls `work` once, `ms` milliseconds from now; answers how to call it off. */
export type After = (ms: number, work: () => void) => () => void;

/** The clock of the process. */
export const inRealTime: After = (ms, work) => {
  const timer = setTimeout(work, ms);
  return () => {
    clearTimeout(timer);
  };
};

export type Play = {
  readonly script: Iterator<DemoStep, never>;
  readonly optimizer: Pick<Optimizer, 'ask' | 'cells' | 'repair' | 'surprise'>;
  readonly api: Api;
  readonly after: After;
  /** Is told which part of a step failed; the demo goes on. */
  readonly failed: (what: string, error: unknown) => void;
};

/**
 * Follows the script. Each step is taken at its own time, whatever the one before it does, and a
 * step whose preparation fails still asks for its action. Answers how to stop.
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
      await tried(`the repair of ${cell}`, () => optimizer.repair(cell));
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
  return () => {
    callOff();
  };
};
