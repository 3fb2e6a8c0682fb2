/**
 * `node dbos-run.mjs <database url> <seconds>`: a durable workflow with as many recorded steps as a
 * decision, with `@dbos-inc/dbos-sdk`. Prints one line of JSON for each number of steps: workflows
 * per second, 64 at once, and the milliseconds of single ones.
 */
import process from 'node:process';

import { DBOS } from '@dbos-inc/dbos-sdk';

const [url, seconds] = [process.argv[2], Number(process.argv[3])];
/** The steps of a denied intent, and of one that completes as a dry run. */
const kinds = { denied: 7, 'dry-run': 9 };

const verdict = (gate, input) =>
  Promise.resolve({ gate, verdict: 'pass', saw: { entity: input.entity_id, text: 'x'.repeat(200) } });

const workflow = DBOS.registerWorkflow(
  async (input, steps) => {
    const verdicts = [];
    for (let n = 0; n < steps; n += 1)
      verdicts.push(await DBOS.runStep(() => verdict(n, input), { name: `gate ${n}` }));
    return { decision: 'DENY', verdicts: verdicts.length };
  },
  { name: 'decide' },
);

DBOS.setConfig({
  name: 'interlock-bench',
  systemDatabaseUrl: url,
  systemDatabasePoolSize: 20,
  runAdminServer: false,
  logLevel: 'error',
});
await DBOS.launch();

let serial = 0;
async function one(steps) {
  serial += 1;
  const handle = await DBOS.startWorkflow(workflow)({ entity_id: `message-${serial}` }, steps);
  await handle.getResult();
}

async function burst(steps, during) {
  let count = 0;
  const began = performance.now();
  const end = began + during * 1000;
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (performance.now() < end) {
        await one(steps);
        count += 1;
      }
    }),
  );
  return count / ((performance.now() - began) / 1000);
}

const answer = {};
for (const [kind, steps] of Object.entries(kinds)) {
  await burst(steps, 1);
  const perSecond = await burst(steps, seconds);
  const times = [];
  for (let n = 0; n < 100; n += 1) {
    const began = performance.now();
    await one(steps);
    times.push(performance.now() - began);
  }
  answer[kind] = { perSecond, times };
}
await DBOS.shutdown();
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
