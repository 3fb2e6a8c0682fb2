// Starts and ends programs for the process that has started this one, its starter. When the starter
// is gone, however it ended, all its programs end.
//
// Messages of the starter: {start: id, program, args, env, cwd, uid, gid, remove, signal, pidFile}
// and {stop: id}. Messages to the starter, each with `id`: {pid}, {output, from}, {ended}.
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';

/** How long a program may take to end, before it is killed. */
const graceMs = 5000;
/** How long the last output of a program that has ended may take. */
const drainMs = 250;

/** The functions that stop the running programs, by id. */
const stops = new Map();
let leaving = false;

const tell = (message) => {
  if (process.connected) process.send(message, () => undefined);
};
const leave = () => {
  leaving = true;
  for (const stop of stops.values()) stop();
  if (stops.size === 0) process.exit(0);
};

const start = ({ start: id, program, args, env, cwd, uid, gid, remove, signal, pidFile }) => {
  let child;
  let isOver = false;
  const say = (error) => tell({ id, output: `guard: ${error.message}\n`, from: 'stderr' });
  const over = (code) => {
    if (isOver) return;
    isOver = true;
    stops.delete(id);
    try {
      for (const directory of remove) rmSync(directory, { recursive: true, force: true });
    } catch (error) {
      say(error);
    }
    tell({ id, ended: code });
    if (leaving) leave();
  };
  const failed = (error) => {
    say(error);
    over(127);
  };
  try {
    child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      cwd,
      ...(uid === undefined ? {} : { uid, gid }),
    });
  } catch (error) {
    failed(error);
    return;
  }
  child.once('error', failed);
  if (child.pid === undefined) return;
  try {
    if (pidFile !== undefined) writeFileSync(pidFile, `${child.pid}`, { mode: 0o600 });
  } catch (error) {
    child.kill('SIGKILL');
    failed(error);
    return;
  }
  tell({ id, pid: child.pid });
  for (const from of ['stdout', 'stderr'])
    child[from].setEncoding('utf8').on('data', (output) => tell({ id, output, from }));
  // A program may leave its output to another one, which keeps it open.
  child.once('exit', (code) => setTimeout(over, drainMs, code ?? 1));
  child.once('close', (code) => over(code ?? 1));
  stops.set(id, () => {
    child.kill(signal);
    setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
  });
};

process.on('message', (message) => {
  if (message.start !== undefined) start(message);
  else stops.get(message.stop)?.();
});
process.on('disconnect', leave);
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, leave);
