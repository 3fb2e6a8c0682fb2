import { Button, Textarea } from '@mantine/core';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { tenantStore } from '../../api/client.js';
import { useMissingScope } from '../../api/session.js';
import { counted, numberText } from '../../format.js';
import { Bar } from '../../ui/tables/Bar.js';
import { ActionButton, Problem } from '../../ui/parts.js';
import { SegmentedControl } from '../../ui/forms/SegmentedControl.js';
import {
  beginRun,
  cancelRun,
  readRun,
  replayDays,
  type Compared,
  type Dataset,
  type Run,
  type Simulated,
} from '../api.js';
import { DecisionBars, FlipList, type ShownFlip } from './Flips.js';
import { growthText, needsNote } from './flip-words.js';
import { parseText } from '../editor/text.js';

/** How often, in milliseconds, the server is asked for the progress of a run. */
const askMs = 400;
const names: { readonly [D in Dataset]: string } = {
  fixtures: 'Fixtures',
  synthetic: 'Synthetic',
  replay: `Replay ${replayDays} d`,
  custom: 'Custom',
};
const example = '[{ "agent": "night-shift", "action": "cell_failover", "context": { "risk_score": 40 } }]';

export type Result = { readonly done: Compared | Simulated; readonly text: string; readonly ms: number };
type Running = {
  readonly run: Run;
  readonly tenant: string | undefined;
  readonly text: string;
  readonly began: number;
};

const isCompared = (done: Compared | Simulated): done is Compared => 'a' in done;

/**
 * Simulates one or two bundles over a data set of the server: it starts, follows and cancels a run.
 */
export const useSimulation = (
  against: string | undefined,
): {
  readonly running: Running | undefined;
  readonly result: Result | undefined;
  readonly error: unknown;
  readonly begin: (text: string, dataset: Dataset, cases: string) => void;
  readonly cancel: () => void;
} => {
  const [running, setRunning] = useState<Running | undefined>();
  const [result, setResult] = useState<Result | undefined>();
  const [error, setError] = useState<unknown>();
  const turn = useRef(0);
  useEffect(
    () => () => {
      turn.current += 1;
    },
    [],
  );
  const follow = async (now: Running, mine: number): Promise<void> => {
    for (;;) {
      const answer = await readRun(now.tenant, now.run.run_id);
      if (mine !== turn.current) return;
      if (answer.status === 'done' && answer.result !== undefined) {
        setResult({ done: answer.result, text: now.text, ms: Date.now() - now.began });
        setRunning(undefined);
        return;
      }
      if (answer.status !== 'running') {
        setRunning(undefined);
        if (answer.status === 'failed') setError(new Error('the simulation failed'));
        return;
      }
      setRunning({ ...now, run: answer });
      await new Promise((resolve) => setTimeout(resolve, askMs));
    }
  };
  const begin = (text: string, dataset: Dataset, cases: string): void => {
    turn.current += 1;
    const mine = turn.current;
    const tenant = tenantStore.get();
    const { value, faults } = parseText(text);
    setError(undefined);
    if (faults[0] !== undefined) {
      setError(new Error(`The text is not valid JSON yet: ${faults[0].message}`));
      return;
    }
    const custom = dataset === 'custom' ? parseText(cases) : undefined;
    if (custom?.faults[0] !== undefined) {
      setError(new Error(`The cases are not valid JSON: ${custom.faults[0].message}`));
      return;
    }
    const of = {
      fixtures: { kind: 'fixtures' },
      synthetic: { kind: 'synthetic', count: 500, seed: 1 },
      replay: {
        kind: 'replay',
        from: new Date(Date.now() - replayDays * 86_400_000).toISOString(),
        max_evaluations: 100_000,
      },
      custom: { kind: 'custom', cases: custom?.value },
    }[dataset];
    const began = Date.now();
    beginRun(tenant, value, against, of)
      .then(async (answer) => {
        if (mine !== turn.current) return;
        if (!('run_id' in answer)) {
          setResult({ done: answer, text, ms: Date.now() - began });
          return;
        }
        const now = { run: answer, tenant, text, began };
        setRunning(now);
        await follow(now, mine);
      })
      .catch((problem: unknown) => {
        if (mine !== turn.current) return;
        setRunning(undefined);
        setError(problem);
      });
  };
  return {
    running,
    result,
    error,
    begin,
    cancel: () => {
      turn.current += 1;
      if (running !== undefined) void cancelRun(running.tenant, running.run.run_id).catch(() => undefined);
      setRunning(undefined);
    },
  };
};

const shownFlips = (done: Compared): readonly ShownFlip[] =>
  done.cases.items.map(({ id, agent, action, name, from, to }) => ({
    id,
    from: from.decision ?? from.effect,
    to: to.decision ?? to.effect,
    rule: to.rule_id,
    wasRule: from.rule_id,
    action: null,
    what: name ?? `${agent}, ${action}`,
  }));

const countsOf = (flips: readonly ShownFlip[]): { readonly [change: string]: number } => {
  const counts: { [change: string]: number } = {};
  for (const { from, to } of flips) counts[`${from}→${to}`] = (counts[`${from}→${to}`] ?? 0) + 1;
  return counts;
};

type DoneProps = {
  readonly result: Result;
  readonly stale: boolean;
  readonly versions: readonly [string, string];
};
const Done = ({ result, stale, versions }: DoneProps): ReactElement => {
  const { done } = result;
  const after = isCompared(done) ? done.b : done;
  const before = isCompared(done) ? done.a : undefined;
  const flips = isCompared(done) ? shownFlips(done) : [];
  const growth = before === undefined ? undefined : growthText(before.total_cost, after.total_cost);
  return (
    <div className={stale ? 'stale' : undefined}>
      {stale ? (
        <p className="note xs" role="status">
          The text has changed since. Run it again.
        </p>
      ) : null}
      <div className="b bb">
        <DecisionBars
          before={before === undefined ? {} : (before.decisions ?? { ...before.counts })}
          after={after.decisions ?? { ...after.counts }}
          names={versions}
        />
        <p className="xs muted" style={{ marginTop: 8 }}>
          Cost {before === undefined ? '' : `${numberText(before.total_cost)} → `}
          {numberText(after.total_cost)}
          {growth === undefined ? '' : ` (${growth})`}. Compute{' '}
          {before === undefined ? '' : `${numberText(before.total_compute)} → `}
          {numberText(after.total_compute)}.{' '}
          {after.cost_breach || after.compute_breach ? 'Beyond the limits.' : 'Within the limits.'}{' '}
          {after.unknown === 0 ? '' : `${counted(after.unknown, 'case')} lacked a field.`}
        </p>
      </div>
      {isCompared(done) ? (
        <>
          {needsNote(countsOf(flips)) ? (
            <p className="note sm ylw">
              It no longer denies something it denied before. The approver must give a reason.
            </p>
          ) : null}
          <FlipList counts={countsOf(flips)} flips={flips} />
          {done.changed > flips.length ? (
            <p className="note xs">
              The first {flips.length} of {numberText(done.changed)} changed cases are listed.
            </p>
          ) : null}
        </>
      ) : null}
    </div>
  );
};

/** Simulates the draft on the server and compares it with the active bundle. */
export const SimPanel = ({
  simulation,
  text,
  versions,
  dataset,
  onDataset,
  cases,
  onCases,
  onRun,
}: {
  readonly simulation: ReturnType<typeof useSimulation>;
  readonly text: string;
  readonly versions: readonly [string, string];
  readonly dataset: Dataset;
  readonly onDataset: (dataset: Dataset) => void;
  readonly cases: string;
  readonly onCases: (cases: string) => void;
  readonly onRun: () => void;
}): ReactElement => {
  const missing = useMissingScope('POLICY_READ');
  const { running, result, error } = simulation;
  const total = running?.run.total ?? result?.done;
  const done = running === undefined ? undefined : running.run.done;
  const share =
    running === undefined
      ? 100
      : running.run.total === null
        ? 15
        : (100 * running.run.done) / Math.max(1, running.run.total);
  const size = result === undefined ? 0 : isCompared(result.done) ? result.done.b.total : result.done.total;
  return (
    <div>
      <div className="b bb">
        <div className="row wrap">
          <SegmentedControl label="Data set" value={dataset} choices={names} onChoose={onDataset} />
          {running === undefined ? (
            <ActionButton className="ml" size="sm" off={missing} onAct={onRun}>
              Run <kbd>Ctrl Enter</kbd>
            </ActionButton>
          ) : (
            <Button className="ml" size="sm" onClick={simulation.cancel}>
              Cancel
            </Button>
          )}
        </div>
        {dataset === 'custom' ? (
          <Textarea
            label="Cases, as JSON"
            style={{ display: 'block', marginTop: 8 }}
            className="mono"
            rows={4}
            value={cases}
            placeholder={example}
            spellCheck={false}
            onChange={(event) => onCases(event.target.value)}
          />
        ) : null}
        {total === undefined ? null : (
          <div className="row xs muted" style={{ marginTop: 8 }} role="status">
            <Bar share={share} label="Progress" />
            {running === undefined
              ? `${numberText(size)} in ${numberText((result?.ms ?? 0) / 1000, 1)} s`
              : `${numberText(done ?? 0)}${running.run.total === null ? '' : ` of ${numberText(running.run.total)}`}`}
          </div>
        )}
      </div>
      {error === undefined ? null : error instanceof Error && error.name === 'Error' ? (
        <p className="note red" role="alert">
          {error.message}
        </p>
      ) : (
        <Problem error={error} />
      )}
      {result === undefined ? (
        running === undefined && error === undefined ? (
          <p className="note">
            <b>Not run yet.</b> Choose a data set. A run writes nothing.
          </p>
        ) : null
      ) : (
        <Done result={result} stale={result.text !== text} versions={versions} />
      )}
    </div>
  );
};
