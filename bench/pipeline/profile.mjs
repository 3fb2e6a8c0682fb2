import { once } from 'node:events';

import { table } from '../report.mjs';
import { cpuByPart, selfTimes, sumOfParts, timeByPart } from './parts.mjs';

const intervalMicros = 500;
/** The limit of a sample; longer ones were taken while the machine ran other processes. */
const mostMicros = 4 * intervalMicros;

/** Talks to a process's inspector: a CPU profile between `start` and `stop`. */
async function openProfiler(url) {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  let id = 0;
  const answers = new Map();
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data);
    answers.get(message.id)?.(message);
    answers.delete(message.id);
  });
  const call = (method, params = {}) =>
    new Promise((resolve, reject) => {
      id += 1;
      answers.set(id, ({ error, result }) => {
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      socket.send(JSON.stringify({ id, method, params }));
    });
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: intervalMicros });
  return {
    start: () => call('Profiler.start'),
    stop: async () => (await call('Profiler.stop')).profile,
    close: () => socket.close(),
  };
}

/** Profiles processes during the work; each profile names its process. */
export async function profileWhile(services, work) {
  const profilers = await Promise.all(services.map(({ inspector }) => openProfiler(inspector)));
  try {
    await Promise.all(profilers.map(({ start }) => start()));
    await work();
    return await Promise.all(
      profilers.map(async ({ stop }, i) => ({ name: services[i].name, profile: await stop() })),
    );
  } finally {
    for (const { close } of profilers) close();
  }
}

/**
 * CPU seconds by part over all processes; `threads`: the time of each process without a profiler.
 */
export const cpuShares = (profiles, threads) =>
  sumOfParts(
    profiles.map(({ name, profile }) => cpuByPart(timeByPart(profile, mostMicros), threads.get(name))),
  );

function placeOf({ functionName, url, lineNumber }) {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '')
    return { owner: /^\(.*\)$/.test(functionName) ? functionName : 'v8 and native', place: name };
  if (url.startsWith('node:')) return { owner: 'node', place: `${name} ${url}` };
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(url);
  if (installed !== null)
    return { owner: installed[1], place: `${name} ${installed[1]}/${installed[2]}:${lineNumber + 1}` };
  const own = /\/((?:apps|libs)\/[^/]+)\/(.*)$/.exec(url);
  return own === null
    ? { owner: url, place: name }
    : { owner: own[1], place: `${name} ${own[1]}/${own[2]}:${lineNumber + 1}` };
}

const sumBy = (entries) => {
  const sums = new Map();
  for (const [key, value] of entries) sums.set(key, (sums.get(key) ?? 0) + value);
  return [...sums].toSorted((a, b) => b[1] - a[1]);
};

/**
 * Time under a function, including its callees in the same turn of the loop; recursion counts once.
 */
function withCallees(profile, self) {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const sums = new Map();
  const walk = (node, above) => {
    const { owner, place } = placeOf(node.callFrame);
    const own = /^(apps|libs)\//.test(owner) && !above.has(place);
    const inside = own ? new Set([...above, place]) : above;
    const total =
      (self.get(node.id) ?? 0) +
      (node.children ?? []).reduce((sum, child) => sum + walk(byId.get(child), inside), 0);
    if (own) sums.set(place, (sums.get(place) ?? 0) + total);
    return total;
  };
  walk(profile.nodes[0], new Set());
  return [...sums].toSorted((a, b) => b[1] - a[1]);
}

/**
 * The profile as three tables: by package, by function, and by the callees of our own functions;
 * shares of the busy time.
 */
export function profileTables(name, profile, decisions) {
  const self = selfTimes(profile, mostMicros);
  const places = profile.nodes
    .map((node) => ({ ...placeOf(node.callFrame), time: self.get(node.id) ?? 0 }))
    .filter(({ owner }) => owner !== '(idle)');
  const busy = places.reduce((sum, { time }) => sum + time, 0);
  const lines = (sums, most) =>
    sums
      .slice(0, most)
      .map(([name, time]) => [
        name,
        `${((100 * time) / busy).toFixed(1)} %`,
        `${(time / decisions).toFixed(0)}`,
      ]);
  const wall = (profile.endTime - profile.startTime) / 1e6;
  return [
    `${name}: busy ${((100 * busy) / 1e6 / wall).toFixed(0)} % of ${wall.toFixed(1)} s`,
    table(
      ['package, self time', 'share', 'µs/decision'],
      lines(sumBy(places.map(({ owner, time }) => [owner, time])), 22),
    ),
    table(
      ['function, self time', 'share', 'µs/decision'],
      lines(sumBy(places.map(({ place, time }) => [place, time])), 30),
    ),
    table(
      ['our function, with what it called', 'share', 'µs/decision'],
      lines(withCallees(profile, self), 30),
    ),
  ].join('\n\n');
}
