import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { LintFinding } from '@interlock/policy';
import { useCallback, useEffect, useMemo, useState, type ReactElement } from 'react';
import { ApiProblem } from '../api/client.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { cols } from '../ui/tables/Columns.js';
import { ActionButton, Card, Problem } from '../ui/parts.js';
import { lookOfStatus } from '../ui/states.js';
import { flipListQuery, type Bundle, type Dataset } from './api.js';
import { ApprovalDialog } from './rollout/ApprovalDialog.js';
import { BundleMenu } from './BundleMenu.js';
import { ConflictCard } from './editor/ConflictCard.js';
import { DeskHead, type View } from './DeskHead.js';
import { DiffViewer, Invariants, SideBySide } from './analysis/DiffViewer.js';
import { EditorCard } from './editor/EditorCard.js';
import { useDiff, useLint, useWhatIf } from './analysis/engine.js';
import { bySeverity, nextFinding } from './analysis/finding-words.js';
import { LintPanel } from './analysis/LintPanel.js';
import { Results } from './analysis/Results.js';
import { RolloutPanel } from './rollout/RolloutPanel.js';
import { RuleBuilder } from './editor/RuleBuilder.js';
import { changedSince, freeId, rulesOf } from './rules.js';
import { SimPanel, useSimulation } from './analysis/SimPanel.js';
import { Steps } from './rollout/Steps.js';
import { VersionConflictCard } from './editor/VersionConflictCard.js';
import { bundleText, patched, rangeOf, ruleAtOffset, withItem, withValue } from './editor/text.js';
import { useDocument } from './editor/useDocument.js';
import { useMarks } from './editor/useMarks.js';
import { useRecorded } from './analysis/useRecorded.js';
import { useSurroundings } from './analysis/useSurroundings.js';
import { useLinkedRules, type Taken } from './editor/useLinkedRules.js';
import { WhatIfPanel } from './analysis/WhatIfPanel.js';
import { cx } from '../ui/cx.js';
import css from './studio.module.css';

const stepNames: { readonly [step: string]: string } = {
  edit: 'Edit',
  lint: 'Lint',
  invariants: 'Lint',
  simulate: 'Simulate',
  diff: 'Edit',
  rollout: 'Canary 10 %',
};
const remark = { marginBottom: 12 };
const layout = { narrow: 'minmax(0, 1fr)', gap: 12, align: 'stretch' };
const viewCols = {
  both: cols('304px minmax(0, 1fr) 420px', layout),
  builder: cols('minmax(0, 1fr) 420px', layout),
  json: cols('minmax(0, 1fr) 420px', layout),
};
const phone = (): boolean => matchMedia('(max-width: 760px)').matches;

type DeskProps = {
  readonly bundle: Bundle;
  readonly step: string;
  readonly taken: Taken;
};
/**
 * The editor of one bundle: the rules and the text of the same document, its analysis, and its
 * rollout.
 */
export const Desk = ({ bundle, step, taken }: DeskProps): ReactElement => {
  const navigate = useNavigate();
  const doc = useDocument(
    bundle,
    (id) => void navigate({ to: '/studio/$bundle/$step', params: { bundle: id, step } }),
  );
  const { text, parsed } = doc;
  const rules = useMemo(() => rulesOf(parsed.value), [parsed.value]);
  const [kept, setKept] = useState(rules);
  // While the text is not valid JSON, the form shows the last valid rules.
  useEffect(() => {
    if (parsed.faults.length === 0) setKept(rules);
  }, [parsed, rules]);
  const agents = useMemo(
    () => [...new Set(rules.map(({ agent }) => agent))].filter((one) => one !== '*' && one !== ''),
    [rules],
  );
  const { surroundings, vocabulary, declared, invariants, active } = useSurroundings(agents);
  const before = active === null || active === undefined || active.id === bundle.id ? undefined : active;
  const beforeText = useMemo(() => (before === undefined ? undefined : bundleText(before)), [before]);
  const beforeRules = useMemo(() => rulesOf(before ?? {}), [before]);
  const savedRules = useMemo(() => rulesOf(before ?? JSON.parse(doc.saved)), [before, doc.saved]);

  const lint = useLint(text, surroundings);
  const findings = useMemo(() => bySeverity(lint.last?.report.findings ?? []), [lint.last]);
  const { decisions, capped, recorded } = useRecorded([...rules, ...beforeRules], declared, active);
  const whatIf = useWhatIf(text, surroundings, recorded);
  const simulation = useSimulation(before?.id);
  const [dataset, setDataset] = useState<Dataset>('replay');
  const [cases, setCases] = useState('');
  const diff = useDiff(beforeText, text, surroundings, step === 'diff');
  const listed = useQuery({ ...flipListQuery(bundle.id) });

  const [view, setView] = useState<View>('both');
  const [selected, setSelected] = useState<number | undefined>();
  const [current, setCurrent] = useState<LintFinding | undefined>();
  const [reveal, setReveal] = useState<{ readonly at: number; readonly turn: number } | undefined>();
  const [asking, setAsking] = useState(false);

  const write = useMissingScope('POLICY_WRITE');
  const frozen =
    bundle.status === 'draft'
      ? undefined
      : `${bundle.version} is ${lookOfStatus(bundle.status).word.toLowerCase()}; you can edit only drafts`;
  const off = frozen ?? write;
  const isTaken = doc.error instanceof ApiProblem && doc.error.problem.code === 'already-exists';
  const broken = parsed.faults.length > 0 ? 'The text is not valid JSON. Fix it first' : undefined;
  const versions = [before?.version ?? 'recorded', bundle.version] as const;

  const go = (at: number): void => setReveal((old) => ({ at, turn: (old?.turn ?? 0) + 1 }));
  const goTo = (finding: LintFinding): void => {
    setCurrent(finding);
    const { from } = rangeOf(parsed.tree, finding.pointer);
    setSelected(ruleAtOffset(parsed.tree, from));
    if (view === 'builder') setView('both');
    go(from);
  };
  const fix = (finding: LintFinding): void => {
    // Positions refer to the analysed text. In another text they may point to another rule.
    if (off !== undefined || broken !== undefined || lint.last?.text !== text) return;
    doc.set(patched(text, finding.suggestion.patch));
    setCurrent(undefined);
  };
  const next = (): void => {
    const one = nextFinding(findings, current);
    if (one !== undefined) goTo(one);
  };
  const run = (): void => {
    simulation.begin(text, dataset, cases);
    void navigate({ to: '/studio/$bundle/$step', params: { bundle: bundle.id, step: 'simulate' } });
  };
  const add = useCallback(
    (rule: object): void => {
      doc.set(withItem(text, '/rules', rules.length, rule));
      setSelected(rules.length);
    },
    [doc, text, rules.length],
  );
  const addNew = (): void => {
    if (off === undefined && broken === undefined)
      add({
        id: freeId(rules),
        agent: '*',
        action: '*',
        effect: 'needs_approval',
        priority: 1,
        enabled: true,
        conditions: [],
        reason: 'Explain why this rule exists',
        budget: { cost: 1, compute: 1 },
      });
  };
  const notice = useLinkedRules({
    taken,
    bundle: bundle.id,
    rules,
    declared,
    ready: off === undefined && broken === undefined,
    doc,
    onAdded: setSelected,
  });
  const editorKeys = {
    save: doc.save,
    simulate: run,
    next,
    fix: () => {
      const one = current ?? findings[0];
      if (one !== undefined && one.suggestion.patch.length > 0) fix(one);
    },
  };
  useKeys({
    'Ctrl+s': doc.save,
    'Ctrl+Enter': run,
    F8: next,
    'Ctrl+.': editorKeys.fix,
    n: addNew,
  });

  const { marks, blocks, chosen, lines } = useMarks({
    doc,
    findings,
    current,
    selected,
    fix: off === undefined ? fix : undefined,
  });
  const counts = lint.last?.report.counts;
  const flips =
    whatIf.last === undefined
      ? undefined
      : Object.values(whatIf.last.report.counts_active).reduce((a, b) => a + b, 0);
  const simulated =
    simulation.result === undefined
      ? undefined
      : 'b' in simulation.result.done
        ? { total: simulation.result.done.b.total, flips: simulation.result.done.changed }
        : { total: simulation.result.done.total, flips: 0 };
  const saveOff =
    off ?? broken ?? (doc.saving ? 'Still saving' : doc.unsaved ? undefined : 'Everything is saved');
  const askOff = doc.unsaved
    ? 'Save it first. An approval covers the saved version'
    : counts !== undefined && counts.error > 0
      ? `${counted(counts.error, 'error')}. Fix them first`
      : undefined;
  return (
    <div>
      <DeskHead
        bundle={bundle}
        doc={doc}
        view={view}
        onView={setView}
        saveOff={saveOff}
        askOff={askOff}
        onAsk={() => setAsking(true)}
      />
      {doc.recovered ? (
        <p className="aside" style={remark} role="status">
          Your unsaved changes are restored.{' '}
          <Button size="sm" onClick={() => doc.set(doc.saved)}>
            Discard unsaved changes
          </Button>
        </p>
      ) : null}
      {notice === undefined ? null : (
        <p className="aside long iso" style={remark} role="status">
          {notice}
        </p>
      )}
      {frozen === undefined ? null : (
        <p className="aside" style={remark} role="status">
          {frozen}. <BundleMenu bundle={bundle} cloneOnly />
        </p>
      )}
      {doc.conflict === undefined ? null : (
        <ConflictCard theirs={doc.conflict} mine={text} onResolve={doc.resolve} />
      )}
      {doc.error === undefined ? null : isTaken && doc.asVersion !== undefined ? (
        <VersionConflictCard
          version={doc.asVersion}
          onVersion={(version) => doc.set(withValue(text, '/version', version))}
        />
      ) : (
        <Problem error={doc.error} what="saving" />
      )}
      <Steps
        bundle={bundle.id}
        current={stepNames[step] ?? 'Edit'}
        input={{
          status: bundle.status,
          canaryPct: bundle.canary_pct,
          takenBackAs: bundle.rollback?.was,
          rules: rules.length,
          changed: changedSince(rules, savedRules),
          parses: parsed.faults.length === 0,
          unsaved: doc.unsaved,
          lint: counts,
          simulated:
            simulated ??
            (whatIf.last === undefined || flips === undefined
              ? undefined
              : { total: whatIf.last.report.evaluations, flips }),
          listed:
            listed.data !== null &&
            listed.data !== undefined &&
            listed.data.bundle_hash === bundle.bundle_hash,
          approved: bundle.approvals.some(({ bundle_hash: hash }) => hash === bundle.bundle_hash),
        }}
      />
      <div className={cx(css['desk'], 'grid')} style={viewCols[view]}>
        {view === 'json' ? null : (
          <Card
            title="Rules"
            extra={<span className="tag">{kept.length}</span>}
            right={
              <ActionButton size="sm" off={off ?? broken} onAct={addNew}>
                + Rule <kbd>N</kbd>
              </ActionButton>
            }
          >
            <RuleBuilder
              rules={kept}
              before={beforeRules}
              selected={selected}
              findings={findings}
              vocabulary={vocabulary}
              hits={whatIf.last?.report.hits}
              off={off ?? broken}
              onSelect={(place) => {
                setSelected(place);
                if (place !== undefined && !phone()) setReveal(undefined);
              }}
              onChange={(place, path, value) => doc.set(withValue(text, `/rules/${place}${path}`, value))}
              onRemove={(place) => {
                doc.set(withValue(text, `/rules/${place}`, undefined));
                setSelected(undefined);
              }}
            />
          </Card>
        )}
        {view === 'builder' ? null : (
          <EditorCard
            doc={doc}
            report={lint.last?.report}
            marks={marks}
            blocks={blocks}
            chosen={chosen}
            changedLines={lines}
            reveal={reveal}
            readOnly={off !== undefined || phone()}
            vocabulary={vocabulary}
            keys={editorKeys}
            onRule={setSelected}
          />
        )}
        <Results bundle={bundle.id} step={step} findings={findings.length}>
          {step === 'simulate' ? (
            <SimPanel
              simulation={simulation}
              text={text}
              versions={versions}
              dataset={dataset}
              onDataset={setDataset}
              cases={cases}
              onCases={setCases}
              onRun={run}
            />
          ) : step === 'lint' ? (
            <LintPanel
              lint={lint}
              findings={findings}
              current={current}
              off={off ?? broken}
              onGo={goTo}
              onFix={fix}
            />
          ) : step === 'diff' ? (
            <DiffViewer answer={diff} comparable={beforeText !== undefined} names={versions} />
          ) : step === 'invariants' ? (
            <Invariants invariants={invariants} findings={findings} />
          ) : (
            <WhatIfPanel
              answer={whatIf}
              query={decisions}
              capped={capped}
              versions={versions}
              onServer={run}
            />
          )}
        </Results>
      </div>
      {step === 'diff' && beforeText !== undefined ? (
        <Card title="Side by side" mb={12}>
          <SideBySide before={beforeText} after={text} names={versions} />
        </Card>
      ) : null}
      <RolloutPanel id={bundle.id} team={bundle.team} focus={step === 'rollout'} />
      {asking ? <ApprovalDialog bundle={bundle} onClose={() => setAsking(false)} /> : null}
    </div>
  );
};
