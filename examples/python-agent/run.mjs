// Runs the agent with the address of the home's Interlock and a token for it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { clientOf, url } from '../start.mjs';

const { token } = await clientOf(['AUTONOMOUS_SUBMIT', 'AUTONOMOUS_READ']);
const agent = spawn('python3', [fileURLToPath(new URL('agent.py', import.meta.url))], {
  stdio: 'inherit',
  env: { ...process.env, INTERLOCK_URL: url, INTERLOCK_TOKEN: token },
});
agent.once('close', (code) => {
  process.exitCode = code ?? 1;
});
