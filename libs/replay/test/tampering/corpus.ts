import type { RecordedEvent } from '@interlock/kernel';
import {
  parseSealLine,
  readExportedLine,
  rotationNote,
  sealLine,
  verifierText,
  type LeafEntry,
  type Runs,
  type Seal,
} from '@interlock/tree';
import type { KnownCheckpoint } from '@interlock/verify';
import { alterations, Dice, type Altered } from './alterations.js';
import { honestLog } from './honest-log.js';
import {
  foreignKey,
  logKey,
  origin,
  SealedEvents,
  signedBy,
  textOf,
  type Lies,
  type Part,
  type SealedFile,
  type Signing,
} from './sealed-events.js';

export const own = signedBy(logKey);
/** The files that are tampered with: the whole log, and one tenant's. */
const parts: readonly Part[] = [
  { tenant: null, filter: {} },
  { tenant: 'sim', filter: {} },
];
export const originOf = ({ tenant }: Part): string => (tenant === null ? origin : `${origin}/${tenant}`);

/** A file that an auditor is handed, and what the auditor has to compare it with. */
export type Case = {
  readonly what: string;
  readonly text: string;
  readonly part: Part;
  readonly checkpoints: readonly KnownCheckpoint[];
  /** The first leaf that differs from the honest log's, where the whole tree was built again. */
  readonly first?: number;
};

export const eventsIn = (text: string): readonly RecordedEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{"seal":'))
    .flatMap((line) => {
      const read = readExportedLine(line);
      return 'event' in read ? [read.event] : [];
    });

const sealOf = (file: SealedFile): Seal => (parseSealLine(file.seal.at(-1)!) as { readonly seal: Seal }).seal;
const withSeal = (file: SealedFile, change: (seal: Seal) => Seal): SealedFile => ({
  ...file,
  seal: file.seal.with(-1, sealLine(change(sealOf(file)))),
});

/** Who signs a log that was built again, and how the seal then looks. */
export const signings: {
  readonly [name: string]: (altered: SealedEvents, part: Part, before: SealedFile) => Promise<SealedFile>;
} = {
  'the key of somebody else': (altered, part) => altered.file(part, signedBy(foreignKey)),
  'the key of somebody else under the known name': (altered, part) =>
    altered.file(part, signedBy(foreignKey, logKey)),
  'a handover that the known key did not sign': (altered, part) => {
    const signing: Signing = {
      signer: foreignKey,
      chain: { first: verifierText(logKey), rotations: [rotationNote(foreignKey, foreignKey)] },
    };
    return altered.file(part, signing);
  },
  'the earlier signature': async (altered, part, before) =>
    withSeal(await altered.file(part, own), (seal) => ({ ...seal, checkpoint: sealOf(before).checkpoint })),
  'the earlier seal': async (altered, part, before) => ({
    lines: (await altered.file(part, own)).lines,
    seal: before.seal,
  }),
  'the key of the log, by its operator': (altered, part) => altered.file(part, own),
};

const hasEvents = ({ tenant }: Part, { events }: Altered): boolean =>
  tenant === null || events.some(({ stream }) => stream.includes(`-${tenant}:`));

const otherwise = (entry: LeafEntry, over: Partial<LeafEntry>): LeafEntry => ({ ...entry, ...over });

/** What an operator who holds the key signs, though it is not so. */
export const lies: { readonly [what: string]: (dice: Dice, log: SealedEvents) => Lies } = {
  'leaves a stream out of its tenant’s tree': (dice, log) => {
    const { stream } = dice.of(log.events);
    return { tree: ({ tenant }, leaf) => (log.events[leaf]?.stream === stream ? null : tenant) };
  },
  'leaves an event out of its tenant’s tree': (dice, log) => {
    const place = dice.below(log.size);
    return { tree: ({ tenant }, leaf) => (leaf === place ? null : tenant) };
  },
  'gives an event to the tree of another tenant': (dice, log) => {
    const place = dice.below(log.size);
    return { tree: ({ tenant }, leaf) => (leaf === place ? 'other' : tenant) };
  },
  'repeats an index': (dice, log) => {
    const place = 1 + dice.below(log.size - 1);
    return {
      entry: (entry, leaf) => (leaf === place ? { ...entry, index: Math.max(0, entry.index - 1) } : entry),
    };
  },
  'skips an index': (dice, log) => {
    const place = dice.below(log.size);
    const { tenant } = log.entries[place]!;
    return {
      entry: (entry, leaf) =>
        leaf >= place && entry.tenant === tenant ? { ...entry, index: entry.index + 1 } : entry,
    };
  },
  'signs another category': (dice, log) => {
    const place = dice.below(log.size);
    return { entry: (entry, leaf) => (leaf === place ? { ...entry, category: 'rota' } : entry) };
  },
  'signs another correlation': (dice, log) => {
    const place = dice.below(log.size);
    const correlation = log.entries[(place + 3) % log.size]!.correlation;
    return { entry: (entry, leaf) => (leaf === place ? otherwise(entry, { correlation }) : entry) };
  },
  'signs another tenant': (dice, log) => {
    const place = dice.below(log.size);
    return { entry: (entry, leaf) => (leaf === place ? { ...entry, tenant: 'other', index: 0 } : entry) };
  },
  'signs another revision': (dice, log) => {
    const place = dice.below(log.size);
    return { entry: (entry, leaf) => (leaf === place ? { ...entry, revision: '77' } : entry) };
  },
};

/** True where two files are the same text. */
const isSame = (one: SealedFile, other: SealedFile): boolean =>
  (['lines', 'seal'] as const).every(
    (part) =>
      one[part].length === other[part].length && one[part].every((line, i) => line === other[part][i]),
  );

/** The first place at which two files differ; absent where their events are the same. */
const firstDifference = (
  { lines }: SealedFile,
  { lines: others }: SealedFile,
): { readonly first?: number } => {
  const first = lines.findIndex((line, i) => line !== others[i]);
  if (first >= 0) return { first };
  return lines.length === others.length ? {} : { first: lines.length };
};

/** The runs without one leaf. */
const without = (runs: Runs, gone: number): Runs =>
  runs.flatMap(([first, count]) =>
    gone < first || gone >= first + count
      ? [[first, count] as const]
      : [[first, gone - first] as const, [gone + 1, first + count - gone - 1] as const].filter(
          ([, kept]) => kept > 0,
        ),
  );

/** The sizes of the log of which the auditor has a checkpoint. */
const knownAt = (size: number): readonly number[] => [100, 250, size];

/**
 * Tampered files of one honest log. Each generator makes some cases from the given number of runs;
 * the same number makes the same cases.
 */
export class Corpus {
  private constructor(
    readonly honest: SealedEvents,
    private readonly files: readonly SealedFile[],
    private readonly mirrors: readonly KnownCheckpoint[],
    private readonly runs: number,
  ) {}

  static async of(runs: number): Promise<Corpus> {
    const honest = new SealedEvents(honestLog(1));
    const files = await Promise.all(parts.map((part) => honest.file(part, own)));
    const mirrors = knownAt(honest.size).map((size) => honest.mirrored(size, own));
    return new Corpus(honest, files, mirrors, runs);
  }

  #case(what: string, file: SealedFile, part: Part, checkpoints = this.mirrors): Case {
    return { what, text: textOf(file), part, checkpoints };
  }

  /** Altered logs that were signed again. */
  async *signedAgain(alteration: string, signing: string): AsyncGenerator<Case> {
    for (const [at, part] of parts.entries())
      for (let n = 0; n < Math.ceil(this.runs / 2); n += 1) {
        const dice = new Dice(n * 977 + alteration.length * 31 + signing.length);
        const changed = alterations[alteration]!(dice, this.honest.events);
        if (!hasEvents(part, changed)) continue;
        const file = await signings[signing]!(new SealedEvents(changed.events), part, this.files[at]!);
        // The tenant's file of a log in which only `_system` was altered is the same file.
        if (!isSame(file, this.files[at]!))
          yield {
            ...this.#case(`${changed.what}, ${originOf(part)}`, file, part),
            ...(signing === 'the earlier seal' ? {} : firstDifference(file, this.files[at]!)),
          };
      }
  }

  /** Honest events under a seal that the key of the log did not sign. */
  async *onlySeals(): AsyncGenerator<Case> {
    for (const part of parts)
      for (const foreign of [signedBy(foreignKey), signedBy(foreignKey, logKey)])
        yield this.#case(originOf(part), await this.honest.file(part, foreign), part);
  }

  /** The sizes of a part's tree in the checkpoints that the auditor has, ascending. */
  knownSizes({ tenant }: Part): readonly number[] {
    return knownAt(this.honest.size).map(
      (size) =>
        this.honest.entries.slice(0, size).filter((entry) => tenant === null || entry.tenant === tenant)
          .length,
    );
  }

  /** Altered lines above the honest seal. */
  *alteredLines(alteration: string): Generator<Case> {
    for (const [at, part] of parts.entries())
      for (let n = 0; n < this.runs; n += 1) {
        const dice = new Dice(n * 7919 + alteration.length);
        const file = this.files[at]!;
        const changed = alterations[alteration]!(dice, this.honest.events);
        const { lines } = new SealedEvents(
          changed.events.filter(({ stream }) => part.tenant === null || stream.includes('-sim:')),
        );
        if (!isSame({ ...file, lines }, file)) yield this.#case(changed.what, { ...file, lines }, part);
      }
  }

  /** Whole logs whose entries or trees are not those of their events. Nothing else is known. */
  async *lied(what: string): AsyncGenerator<Case> {
    for (let n = 0; n < this.runs; n += 1) {
      const log = new SealedEvents(
        this.honest.events,
        lies[what]!(new Dice(n * 31 + what.length), this.honest),
      );
      if (
        log.entries.some((entry, i) => entry !== this.honest.entries[i]) ||
        log.note(own) !== this.honest.note(own)
      )
        yield this.#case(what, await log.file(parts[0]!, own), parts[0]!, []);
    }
  }

  /** Files with a gap, whatever their filters say. */
  async *gaps(tenant: string | null): AsyncGenerator<Case> {
    const all: Part = { tenant, filter: {} };
    const size = this.files[tenant === null ? 0 : 1]!.lines.length;
    for (let n = 0; n < this.runs * 2; n += 1) {
      const dice = new Dice(n + 5);
      const from = dice.below(size - 1);
      const count = 1 + dice.below(Math.min(40, size - from - 1));
      const left = [
        ...(from === 0 ? [] : [[0, from] as const]),
        ...(from + count === size ? [] : [[from + count, size - from - count] as const]),
      ];
      for (const filter of [{}, { limit: size }, { after: '1' }, { categories: ['action'] }])
        yield this.#case(
          `${from} ${count}`,
          await this.honest.file({ tenant, filter, runs: left }, own),
          all,
        );
    }
  }

  /** An honest export of a part, handed over as the file that was asked for. */
  async passedOff(given: Part, asked: Part): Promise<Case> {
    return this.#case(`${JSON.stringify(given)} as another`, await this.honest.file(given, own), asked);
  }

  /** The file of the log as it was some events ago. */
  async older(part: Part): Promise<Case> {
    const older = new SealedEvents(this.honest.events.slice(0, this.honest.size - 7));
    return this.#case('an older one', await older.file(part, own), part);
  }

  /** Exports of a filter without one of their leaves. */
  async *lacking(part: Part): AsyncGenerator<Case> {
    const { runs } = sealOf(await this.honest.file(part, own));
    const leaves = runs.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
    for (let n = 0; n < this.runs; n += 1) {
      const gone = leaves[new Dice(n + 3).below(leaves.length)]!;
      yield this.#case(
        `leaf ${gone}`,
        await this.honest.file({ ...part, runs: without(runs, gone) }, own),
        part,
      );
    }
  }

  /** Files of which one byte is another. */
  *bytes(count: number): Generator<Case> {
    for (const [at, part] of parts.entries()) {
      const bytes = Buffer.from(textOf(this.files[at]!));
      for (let n = 0; n < count; n += 1) {
        const place = new Dice(n * 13 + at).below(bytes.length);
        const changed = Buffer.from(bytes);
        changed[place]! ^= 1;
        const text = changed.toString();
        if (Buffer.from(text).equals(changed))
          yield { what: `byte ${place}, ${originOf(part)}`, text, part, checkpoints: this.mirrors };
      }
    }
  }
}

/** Honest exports, and whether each can be proved complete. */
export const variantsOf = (events: readonly RecordedEvent[]): readonly (readonly [Part, boolean])[] => {
  const correlation = events.find(({ type }) => type === 'PlanSubmitted')!.metadata.$correlationId;
  return [
    [{ tenant: null, filter: {} }, true],
    [{ tenant: 'sim', filter: {} }, true],
    [{ tenant: '_system', filter: {} }, true],
    [{ tenant: 'sim', filter: { categories: ['action'] } }, true],
    [{ tenant: null, filter: { categories: ['lease', 'plan'] } }, true],
    [{ tenant: 'sim', filter: { correlation } }, true],
    [{ tenant: 'sim', filter: { categories: ['plan'], correlation } }, true],
    [{ tenant: 'sim', filter: { stream: 'lease-sim:all' } }, false],
    [{ tenant: null, filter: { limit: 60 } }, false],
  ];
};
