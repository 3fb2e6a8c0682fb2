import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { GatewayConfig } from '../src/config.js';
import type { Gateway } from '../src/gateway.js';

const program = fileURLToPath(new URL('gateway-process.mjs', import.meta.url));

/** The methods of a gateway that safety-rails calls. */
type Calls = Pick<Gateway, 'plan' | 'takeTurn' | 'status' | 'apply' | 'observe' | 'confirm' | 'undo'>;

/** A call was under way, or was made, when its process was killed. */
export class GatewayGone extends Error {}

/** A gateway in a process of its own, until it is killed. Its calls then throw GatewayGone. */
export type RemoteGateway = { readonly calls: Gateway; readonly kill: () => Promise<void> };

type Answer = { readonly id: number; readonly value?: unknown; readonly fault?: string };

/** Starts the gateway as it was built, on the log at `url`. */
export const startRemoteGateway = async (
  url: string,
  config: Partial<GatewayConfig>,
  environment: { readonly [name: string]: string },
): Promise<RemoteGateway> => {
  const child: ChildProcess = fork(program, [url], {
    execArgv: ['--no-warnings'],
    serialization: 'advanced',
  });
  // An argument could not be that long.
  child.send({ config, environment });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let isGone = false;
  let next = 0;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      isGone = true;
      for (const { reject } of waiting.values()) reject(new GatewayGone('the gateway was killed'));
      resolve();
    });
  });
  const call = (method: keyof Calls, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (isGone) return reject(new GatewayGone('the gateway was killed'));
      const id = (next += 1);
      waiting.set(id, { resolve, reject });
      child.send({ id, method, args }, () => undefined);
    });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    void exited.then(() => reject(new Error('the gateway does not start')));
  });
  child.on('message', (message) => {
    const { id, value, fault } = message as Answer;
    const one = waiting.get(id);
    waiting.delete(id);
    if (fault === undefined) one?.resolve(value);
    else one?.reject(new Error(fault));
  });
  const remote: Calls = {
    plan: (...args) => call('plan', args) as ReturnType<Calls['plan']>,
    takeTurn: (...args) => call('takeTurn', args) as ReturnType<Calls['takeTurn']>,
    status: (...args) => call('status', args) as ReturnType<Calls['status']>,
    apply: (...args) => call('apply', args) as ReturnType<Calls['apply']>,
    observe: (...args) => call('observe', args) as ReturnType<Calls['observe']>,
    confirm: (...args) => call('confirm', args) as ReturnType<Calls['confirm']>,
    undo: (...args) => call('undo', args) as ReturnType<Calls['undo']>,
  };
  return {
    // The tests' world only uses these methods of a gateway.
    calls: remote as Gateway,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
};
