import { useEffect, useRef, useState } from 'react';
import type { LintReport, WhatIfReport } from '@interlock/policy';
import type { Answer, Decisions, DiffReport, Question, Surroundings } from './analysis.js';
import { LatestOnly } from './latest.js';
import AnalysisWorker from './worker.js?worker';

/** The pause in milliseconds after the last key before the analysis starts. */
const restMs = 250;

export type EngineAnswer<T> =
  | { readonly state: 'waiting'; readonly last: T | undefined }
  | { readonly state: 'told'; readonly last: T }
  | { readonly state: 'cannot'; readonly why: string; readonly last: T | undefined };
const waiting = { state: 'waiting', last: undefined } as const;

type Asked = { readonly kind: 'lint' | 'whatIf'; readonly text: string };
type Compared = { readonly before: string; readonly after: string };

/** Sends the questions of one kind to one worker. Only the latest answer counts. */
const line = <T>(
  worker: Worker,
  kind: 'lint' | 'whatIf' | 'diff',
  tell: (update: (old: EngineAnswer<T>) => EngineAnswer<T>) => void,
  read: (answer: Answer) => T | undefined,
): { readonly ask: (question: Asked | Compared) => void } => {
  const latest = new LatestOnly<Asked | Compared>((question, revision) =>
    worker.postMessage({ ...question, kind, revision } as Question),
  );
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    if (data.kind === 'ready') return;
    if (data.kind === 'cannot' ? data.what !== kind : data.kind !== kind) return;
    if (!latest.answered(data.revision)) return;
    if (data.kind === 'cannot') {
      const { why } = data;
      tell(({ last }) => ({ state: 'cannot', why, last }));
      return;
    }
    const report = read(data);
    if (report !== undefined) tell(() => ({ state: 'told', last: report }));
  });
  return {
    ask: (question) => {
      tell(({ last }) => ({ state: 'waiting', last }));
      latest.ask(question);
    },
  };
};

export type Lint = EngineAnswer<{ readonly text: string; readonly report: LintReport }>;
export type WhatIfAnswer = EngineAnswer<{ readonly report: WhatIfReport; readonly ms: number }>;

/** Lints the text 250 ms after the last key, with the same analysis as the server. */
export const useLint = (text: string, surroundings: Surroundings | undefined): Lint => {
  const [answer, setAnswer] = useState<Lint>(waiting);
  const engine = useRef<{ readonly worker: Worker; readonly ask: (question: Asked) => void } | undefined>(
    undefined,
  );
  const asked = useRef('');
  useEffect(() => {
    const worker = new AnalysisWorker();
    const { ask } = line<{ readonly text: string; readonly report: LintReport }>(
      worker,
      'lint',
      setAnswer,
      (answer) => (answer.kind === 'lint' ? { text: asked.current, report: answer.report } : undefined),
    );
    engine.current = { worker, ask };
    return () => {
      worker.terminate();
      engine.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (surroundings === undefined) return;
    engine.current?.worker.postMessage({ kind: 'surroundings', surroundings } satisfies Question);
  }, [surroundings]);
  useEffect(() => {
    if (surroundings === undefined || text === '') return undefined;
    setAnswer(({ last }) => ({ state: 'waiting', last }));
    const timer = setTimeout(() => {
      asked.current = text;
      engine.current?.ask({ kind: 'lint', text });
    }, restMs);
    return () => clearTimeout(timer);
  }, [text, surroundings]);
  return answer;
};

/** Evaluates the recorded requests again after each key. */
export const useWhatIf = (
  text: string,
  surroundings: Surroundings | undefined,
  decisions: Decisions | undefined,
): WhatIfAnswer => {
  const [answer, setAnswer] = useState<WhatIfAnswer>(waiting);
  const engine = useRef<{ readonly worker: Worker; readonly ask: (question: Asked) => void } | undefined>(
    undefined,
  );
  useEffect(() => {
    const worker = new AnalysisWorker();
    const { ask } = line<{ readonly report: WhatIfReport; readonly ms: number }>(
      worker,
      'whatIf',
      setAnswer,
      (answer) => (answer.kind === 'whatIf' ? { report: answer.report, ms: answer.ms } : undefined),
    );
    engine.current = { worker, ask };
    return () => {
      worker.terminate();
      engine.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (surroundings !== undefined)
      engine.current?.worker.postMessage({ kind: 'surroundings', surroundings } satisfies Question);
  }, [surroundings]);
  useEffect(() => {
    if (decisions !== undefined)
      engine.current?.worker.postMessage({ kind: 'decisions', decisions } satisfies Question);
  }, [decisions]);
  useEffect(() => {
    if (decisions !== undefined && surroundings !== undefined && text !== '')
      engine.current?.ask({ kind: 'whatIf', text });
  }, [text, decisions, surroundings]);
  return answer;
};

/** Compares two bundles by text and by meaning while `open` is true. */
export const useDiff = (
  before: string | undefined,
  after: string,
  surroundings: Surroundings | undefined,
  open: boolean,
): EngineAnswer<DiffReport> => {
  const [answer, setAnswer] = useState<EngineAnswer<DiffReport>>(waiting);
  const engine = useRef<{ readonly worker: Worker; readonly ask: (question: Compared) => void } | undefined>(
    undefined,
  );
  useEffect(() => {
    if (!open) return undefined;
    const worker = new AnalysisWorker();
    const { ask } = line<DiffReport>(worker, 'diff', setAnswer, (answer) =>
      answer.kind === 'diff' ? answer.report : undefined,
    );
    engine.current = { worker, ask };
    return () => {
      worker.terminate();
      engine.current = undefined;
    };
  }, [open]);
  useEffect(() => {
    if (!open || before === undefined || surroundings === undefined) return undefined;
    engine.current?.worker.postMessage({ kind: 'surroundings', surroundings } satisfies Question);
    setAnswer(({ last }) => ({ state: 'waiting', last }));
    const timer = setTimeout(() => engine.current?.ask({ before, after }), restMs);
    return () => clearTimeout(timer);
  }, [before, after, surroundings, open]);
  return answer;
};
