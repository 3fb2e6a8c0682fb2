// The built parts of the demo: the simulated network, the content of its tenant, and its script.
export { createRan, degrade, demoFleet, kpis, step, worsen } from '../../apps/device-simulator/dist/index.js';
export {
  demoAccount,
  demoAgent,
  demoBudget,
  demoBundle,
  demoPolicies,
  readersCell,
} from '../../apps/interlock/dist/demo/content.js';
export { demoScript, seeded } from '../../apps/interlock/dist/demo/script.js';
