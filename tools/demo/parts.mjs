// What the demo is made of, as it was built: the simulated network, what its tenant is provisioned
// with, and its script.
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
