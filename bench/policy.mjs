import { measureAnalysis } from './policy/analysis.mjs';
import { measureDecisions } from './policy/decisions.mjs';
import { loadEngines } from './policy/engines.mjs';
import { measureSimulation } from './policy/simulation.mjs';
import { batch } from './policy/timing.mjs';

/**
 * P1 and P7: decisions of the evaluator, and the exact analysis of bundles; and the speed of
 * simulations.
 */
export async function measure({ seconds, note }) {
  const simulation = await measureSimulation({ seconds, note });
  const rows = [
    ...(await measureDecisions({ engines: await loadEngines(note), seconds, note })),
    ...(await measureAnalysis({ note })),
    ...simulation,
  ];
  const notes = [
    `Own decisions are timed ${batch} at a time: median and p99 are of such batches, of the quietest of several rounds. Other engines are timed call by call, as is the plain loop. All decide alike on the same requests, or the run fails.`,
    'A linear evaluation is one pass of the plain loop over all rules of the bundle, what a request costs that no rule decides; a decision of it ends at the rule that decides. Compiling and analysing are measured by the time of the processor.',
  ];
  return { rows, notes };
}
