// Runs the agent with the address of the home's Interlock and a token for it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { clientOf, url } from '../start.mjs';

const { token } = await clientOf(['AUTONOMOUS_SUBMIT', 'AUTONOMOUS_READ']);
const of = (path) => fileURLToPath(new URL(path, import.meta.url));
const agent = spawn(process.env.PYTHON ?? 'python3', [of('agent.py')], {
  stdio: 'inherit',
  env: {
    ...process.env,
    PYTHONPATH: of('../../clients/python/src'),
    INTERLOCK_URL: url,
    INTERLOCK_TOKEN: token,
  },
});
agent.once('close', (code) => {
  process.exitCode = code ?? 1;
});
