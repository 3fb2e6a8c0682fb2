/** The optimiser's next step and its time in milliseconds after ready. */
export type DemoStep = {
  readonly at_ms: number;
  readonly cell: string;
  /** Whether the field team repairs the cell before it fails again. */
  readonly repair: boolean;
  /**
   * Whether the neighbours perform badly after the change, for an unforeseeable reason, so that the
   * action is rolled back.
   */
  readonly surprise: boolean;
  readonly parameters: { readonly power_raise_db: number; readonly cell_individual_offset: number };
  readonly confidence_score: number;
};

const usual = { power_raise_db: 3, cell_individual_offset: 3 };
/** A larger change than the demo's bundle allows. */
const tooMuch = { power_raise_db: 6, cell_individual_offset: 3 };
/** The largest change, for which a policy requires that a person can stop it. */
const large = { power_raise_db: 3, cell_individual_offset: 6 };
/** Below the confidence that the demo's policy accepts without a person. */
const unsure = 0.6;
const randomFromMs = 135_000;
/** The usual time from one action to the next, in milliseconds. */
export const usualEveryMs = 45_000;
/**
 * INVARIANT: one in this many executed actions fails as scripted. The rollout guard pages at 5 % of
 * failed executions and takes the bundle back at 10 %. Scripted failures stay below both, with room
 * for one more, so any alarm is real.
 */
const surpriseEvery = 40;

/**
 * Yields five fixed actions at ready + 5, 10, 15, 20, 25 s: completed, held in a window that
 * expires by itself, denied, rolled back, held for a person's approval. After these, one now and
 * then by `random` (from 0 to below 1). The crowded cell is not used again, because it always fails
 * and the twin would soon advise against it.
 */
export function* demoScript(
  cells: readonly string[],
  random: () => number,
  everyMs = usualEveryMs,
): Generator<DemoStep, never> {
  const [calm, window, denied, crowded] = cells as readonly [string, string, string, string];
  const first = { repair: false, surprise: false, confidence_score: 0.93 };
  yield { ...first, at_ms: 5000, cell: calm, parameters: usual };
  yield { ...first, at_ms: 10_000, cell: window, parameters: large };
  yield { ...first, at_ms: 15_000, cell: denied, parameters: tooMuch };
  yield { ...first, at_ms: 20_000, cell: crowded, parameters: usual };
  yield { ...first, at_ms: 25_000, cell: denied, parameters: usual, confidence_score: unsure };
  const healthy = [calm, window, denied];
  let executed = 0;
  for (let at_ms = randomFromMs - usualEveryMs + everyMs; ; at_ms += everyMs) {
    const cell = healthy[Math.floor(random() * healthy.length)]!;
    const refused = random() < 0.15;
    const held = random() < 0.2;
    const confidence_score = Math.round((0.8 + random() * 0.19) * 100) / 100;
    if (!refused) executed += 1;
    const surprise = !refused && executed % surpriseEvery === 0;
    yield {
      at_ms,
      cell,
      repair: true,
      surprise,
      parameters: refused ? tooMuch : held && !surprise ? large : usual,
      confidence_score,
    };
  }
}

/** A seeded generator, so that two demos are identical: mulberry32. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};
