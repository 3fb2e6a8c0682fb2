import { describe, expect, it } from '@jest/globals';
import type { ExpectedChange, ImpactEstimate, PredictionV1, PredictRequest } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { gateAsks, type GateQuestion } from '../src/gates/gate-asks.js';
import { estimate, prediction } from '@interlock/rails/looks';

const expected: ExpectedChange = { before: { users: 100 }, after: { users: 90 }, limit_use: 2 };

type Circumstances = {
  /** The prediction of an earlier look. */
  readonly earlier: PredictionV1;
  readonly fresh: boolean;
  /** Whether the twin understands what a model expects. */
  readonly takesModel: boolean;
  /** Whether the outcomes of the twin's memory depend on the network's state. */
  readonly stateCounts: boolean;
};

/** Asks gate 4 of a twin that has this many traces. Returns its answer and what it was asked. */
const asked = async (
  traces: number,
  estimated: () => Promise<ImpactEstimate | null>,
  { earlier, fresh = true, takesModel = true, stateCounts = false }: Partial<Circumstances> = {},
) => {
  const questions: PredictRequest[] = [];
  const twin = (request: PredictRequest): PredictionV1 => {
    questions.push(request);
    if (request.expected !== undefined && !takesModel)
      throw new ProblemError('validation-failed', 'expected is not known here');
    if (traces > 0 && stateCounts && request.state === undefined)
      return prediction({ basis: 'memory', lacks_state: true });
    if (traces > 0)
      return prediction({
        basis: 'memory',
        ...(request.state === undefined ? {} : { input: { state: {} } }),
      });
    return prediction({ basis: request.expected === undefined ? 'heuristic' : 'model', traces: [] });
  };
  const asks = gateAsks(
    {
      call: async (_name, request) => {
        await Promise.resolve();
        return twin(request as PredictRequest) as never;
      },
    },
    {
      known: () => Promise.reject(new Error('not asked')),
      read: () => Promise.reject(new Error('not asked')),
    },
  );
  let estimates = 0;
  const question = {
    state: {
      gates: earlier === undefined ? {} : { prediction: { verdict: 'pass', saw: { answer: earlier } } },
    },
    before: { intent: { tenant_id: 'acme', action_type: 'cell_failover' }, type: { read_only: false } },
    fresh,
    estimated: () => {
      estimates += 1;
      return estimated();
    },
  } as unknown as GateQuestion;
  return { answer: await asks.prediction.ask(question), questions, estimates };
};

describe('the question to the twin', () => {
  it('is asked once if the twin has a memory, and waits for no handler', async () => {
    const { answer, questions, estimates } = await asked(3, () => new Promise(() => undefined));
    expect([answer.basis, questions.length, estimates]).toEqual(['memory', 1, 0]);
  });

  it("is asked again with the change that the handler's model expects, if the twin only guesses", async () => {
    const { answer, questions } = await asked(0, () => Promise.resolve({ ...estimate, expected }));
    expect(answer.basis).toBe('model');
    const [first, second] = questions;
    expect(first).not.toHaveProperty('expected');
    expect(second).toEqual({ ...first, expected });
  });

  it('stays a guess if the twin refuses what the model expects', async () => {
    const estimated = () => Promise.resolve({ ...estimate, expected });
    const { answer, questions } = await asked(0, estimated, { takesModel: false });
    expect([answer.basis, questions.length]).toEqual(['heuristic', 2]);
  });

  it('is asked again in a fresh look if a model answered, because the load has moved', async () => {
    const made_at = new Date().toISOString();
    const estimated = () => Promise.resolve({ ...estimate, expected });
    const earlier = (basis: PredictionV1['basis']) => prediction({ basis, made_at });
    expect((await asked(0, estimated, { earlier: earlier('model') })).questions).toHaveLength(2);
    expect((await asked(0, estimated, { earlier: earlier('model'), fresh: false })).questions).toEqual([]);
    expect((await asked(0, estimated, { earlier: earlier('memory') })).questions).toEqual([]);
  });

  it("is asked again with the network's state, if past outcomes depend on it", async () => {
    const state = { users: 200, load_pct: 40 };
    const { answer, questions } = await asked(60, () => Promise.resolve({ ...estimate, state, expected }), {
      stateCounts: true,
    });
    expect(answer).not.toHaveProperty('lacks_state');
    const [first, second] = questions;
    expect(first).not.toHaveProperty('state');
    expect(second).toEqual({ ...first, state });
  });

  it("leaves a prediction that lacks the network's state, if the handler does not know it", async () => {
    for (const estimated of [() => Promise.resolve(estimate), () => Promise.reject(new Error('down'))]) {
      const { answer, questions } = await asked(60, estimated, { stateCounts: true });
      expect([answer.lacks_state, questions.length]).toEqual([true, 1]);
    }
  });

  it("is asked again in a fresh look if the answer used the network's state, or lacked it", async () => {
    const made_at = new Date().toISOString();
    const estimated = () => Promise.resolve(estimate);
    const used = prediction({ basis: 'memory', made_at, input: { state: {} } });
    const lacking = prediction({ basis: 'memory', made_at, lacks_state: true });
    for (const earlier of [used, lacking]) {
      expect((await asked(60, estimated, { earlier })).questions).toHaveLength(1);
      expect((await asked(60, estimated, { earlier, fresh: false })).questions).toEqual([]);
    }
  });

  it.each<[string, () => Promise<ImpactEstimate | null>]>([
    ['has no model', () => Promise.resolve(estimate)],
    ['is missing', () => Promise.resolve(null)],
    [
      'cannot be reached',
      () => Promise.reject(new ProblemError('service-unreachable', 'netconf-gateway does not answer')),
    ],
  ])('stays a guess if the handler %s', async (_name, estimated) => {
    const { answer, questions } = await asked(0, estimated);
    expect([answer.basis, questions.length]).toEqual(['heuristic', 1]);
  });
});
