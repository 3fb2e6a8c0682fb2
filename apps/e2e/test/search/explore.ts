/** A step from a state: its label, and the next state or the rule that it breaks. */
export type Step<W> =
  { readonly label: string; readonly next: W } | { readonly label: string; readonly fault: string };

/** A state space: its initial state, the keys and steps of states, and the end states. */
export type Space<W> = {
  readonly name: string;
  readonly initial: W;
  readonly keyOf: (world: W) => string;
  readonly steps: (world: W) => readonly Step<W>[];
  /** True if nothing more needs to happen. */
  readonly isEnd: (world: W) => boolean;
  /** The outcomes of an end state, in words. */
  readonly endsOf: (world: W) => readonly string[];
  /** Describes a fault of a state; null if there is none. */
  readonly fault: (world: W) => string | null;
};

export type Explored = {
  readonly states: number;
  readonly transitions: number;
  /** The reachable outcomes, each once, sorted. */
  readonly ends: readonly string[];
  readonly depth: number;
  /** False if the bound ended the search. */
  readonly whole: boolean;
  readonly violation: Violation | null;
};
/** A violated rule, and the shortest trace to it. */
type Violation = { readonly rule: string; readonly trace: readonly string[] };

/**
 * Searches all states breadth first, so that the first violation has the shortest trace. After a
 * complete search, a state from which no end can be reached is also a violation, because everything
 * that begins must end.
 */
export const explore = <W>(space: Space<W>, atMost: number): Explored => {
  const ids = new Map<string, number>([[space.keyOf(space.initial), 0]]);
  const worlds: W[] = [space.initial];
  const from: number[] = [-1];
  const by: string[] = ['the beginning'];
  const depths: number[] = [0];
  const edges: number[] = [];
  const sources: number[] = [];
  let transitions = 0;
  const traceTo = (id: number, last: readonly string[] = []): readonly string[] => {
    const labels: string[] = [];
    for (let at = id; at > 0; at = from[at] ?? 0) labels.push(by[at] ?? '');
    return [...labels.reverse(), ...last];
  };
  const ends: number[] = [];
  const ended = new Set<string>();
  const found = (violation: Violation | null, whole: boolean, depth: number): Explored => ({
    states: worlds.length,
    transitions,
    ends: [...ended].sort(),
    depth,
    whole,
    violation,
  });
  for (let id = 0; id < worlds.length; id += 1) {
    const world = worlds[id];
    if (world === undefined) break;
    const depth = depths[id] ?? 0;
    if (worlds.length > atMost) return found(null, false, depth);
    if (space.isEnd(world)) {
      ends.push(id);
      for (const end of space.endsOf(world)) ended.add(end);
    }
    for (const step of space.steps(world)) {
      transitions += 1;
      if ('fault' in step)
        return found({ rule: step.fault, trace: traceTo(id, [step.label]) }, false, depth + 1);
      const key = space.keyOf(step.next);
      let next = ids.get(key);
      if (next === undefined) {
        const rule = space.fault(step.next);
        if (rule !== null) return found({ rule, trace: traceTo(id, [step.label]) }, false, depth + 1);
        next = worlds.length;
        ids.set(key, next);
        worlds.push(step.next);
        from.push(id);
        by.push(step.label);
        depths.push(depth + 1);
      }
      edges.push(next);
      sources.push(id);
    }
  }
  const stuck = firstStuck(worlds.length, sources, edges, ends);
  const deepest = depths.at(-1) ?? 0;
  return found(
    stuck === null ? null : { rule: 'from here no end can be reached', trace: traceTo(stuck) },
    true,
    deepest,
  );
};

/** The first state from which no end can be reached; null if there is none. */
const firstStuck = (
  count: number,
  sources: readonly number[],
  edges: readonly number[],
  ends: readonly number[],
): number | null => {
  const before: number[][] = Array.from({ length: count }, () => []);
  edges.forEach((to, edge) => before[to]?.push(sources[edge] ?? 0));
  const reaches = new Uint8Array(count);
  const left = [...ends];
  for (const end of ends) reaches[end] = 1;
  for (let id = left.pop(); id !== undefined; id = left.pop())
    for (const source of before[id] ?? [])
      if (reaches[source] === 0) {
        reaches[source] = 1;
        left.push(source);
      }
  const stuck = reaches.indexOf(0);
  return stuck < 0 ? null : stuck;
};
