import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { given } from '@interlock/kernel';
import {
  archiveDecider,
  archiveHeadText,
  manifestFile,
  manifestText,
  parseArchiveHead,
  parseManifest,
  parseSegmentFile,
  segmentFile,
  segmentName,
  segmentPrefix,
  type ArchiveEvent,
  type ArchiveHead,
  type LogArchived,
  type SegmentManifest,
} from '../src/index.js';

const hash = (digit: string): string => digit.repeat(64);
const archived = (first: number, count: number, over: Partial<LogArchived> = {}): LogArchived => ({
  origin: 'interlock.local/tree',
  first,
  count,
  manifest_sha256: hash('a'),
  location: 's3://archive/interlock/',
  ...over,
});
const event = (data: LogArchived): ArchiveEvent => ({ type: 'LogArchived', data });
const record = (data: LogArchived): Parameters<typeof archiveDecider.decide>[0] => ({
  kind: 'record_segment',
  data,
});

describe('what the log is told of its archive', () => {
  it('is each segment, in order', () => {
    expect(given(archiveDecider, []).when(record(archived(0, 100))).events).toEqual([
      event(archived(0, 100)),
    ]);
    expect(given(archiveDecider, [event(archived(0, 100))]).when(record(archived(100, 7))).events).toEqual([
      event(archived(100, 7)),
    ]);
  });

  it('is nothing where it was told before', () => {
    const before = [event(archived(0, 100)), event(archived(100, 7))];
    for (const again of [archived(100, 7), archived(0, 100)])
      expect(given(archiveDecider, before).when(record(again))).toMatchObject({
        events: [],
        error: undefined,
      });
  });

  it('is no gap, and no other manifest for what was told', () => {
    const before = [event(archived(0, 100))];
    for (const wrong of [
      archived(101, 5),
      archived(0, 100, { manifest_sha256: hash('b') }),
      archived(50, 100),
    ]) {
      expect(given(archiveDecider, before).when(record(wrong)).error).toMatchObject({
        code: 'wrong-state',
        members: { next: 100 },
      });
    }
    expect(given(archiveDecider, []).when(record(archived(1, 5))).error).toMatchObject({
      code: 'wrong-state',
    });
  });

  it('is told of each archive by itself', () => {
    const before = [event(archived(0, 100))];
    const elsewhere = archived(0, 50, { location: 'file:///archive' });
    expect(given(archiveDecider, before).when(record(elsewhere)).events).toEqual([event(elsewhere)]);
    expect(
      given(archiveDecider, [...before, event(elsewhere)]).when(record(archived(100, 5))).events,
    ).toHaveLength(1);
  });

  it('is written as its example: another shape needs another schema version and an upcaster', () => {
    const { LogArchived: example } = JSON.parse(
      readFileSync(new URL('../../../fixtures/ledger/events.json', import.meta.url), 'utf8'),
    ) as { readonly LogArchived: object };
    expect({ LogArchived: example }).toEqual({
      LogArchived: given(archiveDecider, []).when(record(archived(0, 10_000))).events[0]!.data,
    });
  });
});

describe('names in an archive', () => {
  it('sort as the leaves do, and are read back', () => {
    const ranges = [
      [0, 1],
      [1, 9],
      [10, 90],
      [99_999, 1],
      [100_000, 1_000_000],
      [9_007_199_254_730_000, 10_000],
    ].map(([first, count]) => ({ first: first!, count: count! }));
    expect(ranges.map(segmentName).toSorted()).toEqual(ranges.map(segmentName));
    for (const range of ranges) {
      expect(parseSegmentFile(segmentFile(range))).toEqual({ ...range, kind: 'segment' });
      expect(parseSegmentFile(manifestFile(range))).toEqual({ ...range, kind: 'manifest' });
      expect(segmentName(range).startsWith(segmentPrefix(range.first))).toBe(true);
    }
  });

  it('are no others', () => {
    for (const name of [
      '',
      'latest.json',
      'segments/1-2.ndjson.zst',
      segmentFile({ first: 5, count: 1 }).replace('05.', '04.'),
      `${segmentFile({ first: 0, count: 1 })}.tmp`,
      `a/${segmentFile({ first: 0, count: 1 })}`,
      'segments/9999999999999999-9999999999999999.ndjson.zst',
    ]) {
      expect([name, parseSegmentFile(name)]).toEqual([name, undefined]);
    }
  });
});

describe('a manifest', () => {
  const manifest: SegmentManifest = {
    version: 1,
    origin: 'log',
    first: 0,
    count: 100,
    first_position: '1',
    last_position: '100',
    first_time: '2026-01-01T00:00:00.000Z',
    last_time: '2026-01-01T00:00:00.000Z',
    compressed: { bytes: 10, sha256: hash('0') },
    plain: { bytes: 100, sha256: hash('1') },
    checkpoint: 'note',
    previous: null,
  };
  const head: ArchiveHead = {
    version: 1,
    origin: 'log',
    next: 100,
    manifest: manifestFile({ first: 0, count: 100 }),
    manifest_sha256: hash('2'),
  };

  it("is read back, as is the archive's head", () => {
    expect(parseManifest(manifestText(manifest))).toEqual(manifest);
    expect(parseManifest(manifestText({ ...manifest, previous: hash('3') }))?.previous).toBe(hash('3'));
    expect(parseArchiveHead(archiveHeadText(head))).toEqual(head);
  });

  it('is none with a member too few or too many, of another kind, or in another spelling', () => {
    const text = manifestText(manifest);
    const others: object[] = [
      { ...manifest, version: 2 },
      { ...manifest, extra: 1 },
      { ...manifest, count: 0 },
      { ...manifest, first: -1 },
      { ...manifest, first: 1.5 },
      { ...manifest, origin: '' },
      { ...manifest, previous: 'x' },
      { ...manifest, first_time: 5 },
      { ...manifest, compressed: { bytes: 1, sha256: 'X' } },
      { ...manifest, plain: { ...manifest.plain, more: 1 } },
      { ...manifest, plain: null },
      { ...manifest, first: Number.MAX_SAFE_INTEGER },
      ...Object.keys(manifest).map((name) =>
        Object.fromEntries(Object.entries(manifest).filter(([other]) => other !== name)),
      ),
    ];
    for (const other of [
      ...others.map((one) => manifestText(one as SegmentManifest)),
      '',
      '[]',
      'null',
      '{',
      text.trimEnd(),
      ` ${text}`,
      `${text}\n`,
      text.replace(':', ': '),
    ])
      expect([other, parseManifest(other)]).toEqual([other, undefined]);
    for (const other of [
      { ...head, version: 2 },
      { ...head, next: -1 },
      { ...head, manifest: '' },
      { ...head, manifest_sha256: null },
      { ...head, more: 1 },
    ])
      expect(parseArchiveHead(archiveHeadText(other as ArchiveHead))).toBeUndefined();
  });
});
