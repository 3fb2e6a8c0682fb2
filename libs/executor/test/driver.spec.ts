import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { streamName, type HandlerEnvelope } from '@interlock/contracts';
import {
  collect,
  CommandHandler,
  InMemoryEventStore,
  testMetadata,
  uuidV5,
  type CommandContext,
} from '@interlock/kernel';
import {
  deviceTxDecider,
  txStage,
  txStatus,
  type DeviceTxCommand,
  type DeviceTxState,
  type PreparedChange,
} from '@interlock/network';
import {
  ExecutorCommands,
  ExecutorDriver,
  heldTurn,
  readAction,
  refused,
  type ExecutorPort,
  type HeldTurn,
  type Work,
  type WorkJournal,
} from '../src/index.js';

type Tx = Work<DeviceTxCommand, DeviceTxState>;
type Port = ExecutorPort<DeviceTxCommand, DeviceTxState, Tx, HeldTurn>;

const journalStream = streamName('device_tx', 'demo', 'a1');
const actionStream = streamName('action', 'demo', 'a1');
const quiet = { warn: () => undefined, error: () => undefined };
const later = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

let store: InMemoryEventStore;
let steps: string[];
let drivers: { kill: () => void }[];
let count: number;

const append = async (stream: string, type: string, data: object = {}): Promise<void> => {
  count += 1;
  await store.append(
    stream,
    [{ id: uuidV5(stream, type, `${count}`), type, data, metadata: testMetadata() }],
    'any',
  );
};
const journal = async (): Promise<readonly string[]> =>
  (await collect(store.read(journalStream))).map(({ type }) => type);

/** One process: its port says each step that it is asked for; `over` changes how one is done. */
const process = (
  instance: string,
  over: Partial<Port> = {},
  end: () => Promise<void> = () => Promise.resolve(),
) => {
  const handler = new CommandHandler(store, deviceTxDecider, { backoff: () => Promise.resolve() });
  const work: WorkJournal<DeviceTxCommand, DeviceTxState> = {
    streamOf: () => journalStream,
    handler,
    stageOf: txStage,
    statusOf: txStatus,
    revisionOf: () => undefined,
    contextOf: (): CommandContext => ({
      commandId: uuidV5('command', `${(count += 1)}`),
      tenantId: 'demo',
      actor: { kind: 'service', service: 'netconf-gateway' },
      now: new Date().toISOString(),
      correlationId: 'a1',
      causationId: 'a1',
    }),
  };
  const port: Port = {
    prepare: async (tx, { state, revision }) => {
      const sent = performance.now();
      await tx.record(
        {
          kind: 'TakeTurn',
          turn: state.turn!.turn,
          instance,
          plan_hash: 'p',
          prepared: { changes: [] } as unknown as PreparedChange,
        },
        revision,
      );
      steps.push(`${instance} prepares`);
      let isHeld = true;
      return heldTurn(state.turn!.turn, sent, () => {
        if (isHeld) steps.push(`${instance} releases`);
        isHeld = false;
      });
    },
    start: async (tx, _, __, send) => {
      const { result } = await send({
        request: { kind: 'RequestTentativeCommit', instance },
        send: (check) => {
          check();
          steps.push(`${instance} sends`);
          return Promise.resolve('ok');
        },
      });
      expect(result).toBe('ok');
      await tx.record({
        kind: 'RecordTentative',
        applied_at: new Date().toISOString(),
        timer_ends_at: later(30),
        read_back_hash: 'h',
      });
    },
    settle: async (tx) => {
      steps.push(`${instance} settles`);
      await tx.record({ kind: 'RecordFailed', reasons: [] });
    },
    observe: async (tx) => {
      const observation = { before: {}, after: {}, delta: {}, samples: 1, breaches: [] };
      await tx.record({ kind: 'RecordObservation', observation, samples: [] });
    },
    confirm: async (tx) => {
      await tx.record({ kind: 'RecordConfirmed', read_back_hash: 'h' });
    },
    undo: async (tx) => {
      await tx.record({ kind: 'RecordRolledBack', how: 'cancel-commit', reasons: [] });
    },
    ...over,
  };
  const actionThat = (tenant: string, id: string) => readAction(store, tenant, id);
  const driver = new ExecutorDriver<DeviceTxCommand, DeviceTxState, Tx, HeldTurn>({
    store,
    service: 'netconf-gateway',
    lease_ms: 2000,
    logger: quiet,
    instance,
    journal: work,
    port,
    actionThat,
    open: async (_, __, driven) => {
      const tx = driven(await readAction(store, 'demo', 'a1'));
      return { workAt: () => tx, end };
    },
    decideBy: ({ timer_ends_at: ends }) => ends ?? later(0),
    turnTaken: () => undefined,
    onEnd: () => undefined,
  });
  drivers.push(driver);
  const commands = new ExecutorCommands<DeviceTxCommand, DeviceTxState>(
    {
      store,
      lease_ms: 2000,
      logger: quiet,
      journal: work,
      actionThat,
      known: () => handler.load(journalStream),
      acceptTurn: (_, __, { turn, request_id }) => ({
        kind: 'AcceptTurn',
        asked: {
          turn,
          request_id,
          action_id: 'a1',
          action_type: 'cell_failover',
          entity_id: 'c1',
          device_id: 'd1',
          device: { host: 'h', port: 830, profile: 'p' } as never,
        },
      }),
      isServed: ({ handler: { service } }) => service === 'netconf-gateway',
      against: () => [],
      plan_changed: 'the plan is another one',
      acceptApply: (apply) => ({ kind: 'AcceptApply', apply: { ...apply, device_id: 'd1' } }),
    },
    driver,
  );
  return { driver, commands };
};

const envelope = (request: string): HandlerEnvelope => ({
  request_id: request,
  deadline: later(30),
  epoch: '-1.-1.-1',
  tenant_id: 'demo',
  action_id: 'a1',
});
const started = { plan_hash: 'p', soak_s: 0, confirm_timeout_s: 30, fencing: '0', turn: 1 };
const starts = (over: object = {}): Promise<void> =>
  append(actionStream, 'ExecutionStarted', {
    ...started,
    epoch: '-1.-1.-1',
    request_id: 'r1',
    handler: { service: 'netconf-gateway', name: 'cell_failover' },
    ...over,
  });

/** Looks until the journal holds the event. */
const reaches = async (type: string): Promise<void> => {
  for (let i = 0; i < 500 && !(await journal()).includes(type); i += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await journal()).toContain(type);
};

beforeEach(async () => {
  store = new InMemoryEventStore();
  [steps, drivers, count] = [[], [], 0];
  await append(streamName('lease', 'demo', 'all'), 'LeaseGranted', {
    action_id: 'a1',
    keys: ['entity:c1'],
    expires_at: '2999-01-01T00:00:00.000Z',
  });
  await append(actionStream, 'IntentAccepted', {
    intent: { tenant_id: 'demo', action_type: 'cell_failover', entity_id: 'c1' },
    action_type: { action_type: 'cell_failover' },
  });
  await append(actionStream, 'TurnRequested', { turn: 1, request_id: 't1' });
});
afterEach(() => {
  for (const driver of drivers) driver.kill();
});

describe('the driver of an executor', () => {
  it('goes from a turn to a confirmation, and sends once', async () => {
    const { commands } = process('one');
    expect(await commands.takeTurn(envelope('t1'))).toMatchObject({ state: 'QUEUED', turn: 1 });
    await reaches('TurnTaken');
    await starts();
    expect(await commands.apply(envelope('r1'))).toEqual({ status: 'accepted', tx_id: 'a1' });
    expect(await commands.apply(envelope('r1'))).toEqual({ status: 'accepted', tx_id: 'a1' });
    await reaches('KpisObserved');
    await append(actionStream, 'ConfirmRequested', { request_id: 'c1' });
    await commands.confirm(envelope('c1'));
    await reaches('ChangeConfirmed');
    expect(steps).toEqual(['one prepares', 'one sends', 'one releases']);
  });

  it('rolls back at once what is asked while the run that confirmed it still ends', async () => {
    let release: () => void = () => undefined;
    const ends = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { commands } = process('one', {}, () => ends);
    await commands.takeTurn(envelope('t1'));
    await reaches('TurnTaken');
    await starts();
    await commands.apply(envelope('r1'));
    await reaches('KpisObserved');
    await append(actionStream, 'ConfirmRequested', { request_id: 'c1' });
    await commands.confirm(envelope('c1'));
    await reaches('ChangeConfirmed');
    await append(actionStream, 'ActionCompleted', { reasons: [] });
    await append(actionStream, 'RollbackStarted', {
      ...{ request_id: 'b1', epoch: '-1.-1.-1', switches: [], fencing: '0', leaves_fingerprint: 'f' },
      handler: { service: 'netconf-gateway', name: 'cell_failover' },
    });
    await commands.undo(envelope('b1'));
    expect(await journal()).not.toContain('ChangeRolledBack');
    release();
    await reaches('ChangeRolledBack');
  });

  it('refuses an apply under an engaged kill switch, and sends nothing', async () => {
    const { commands } = process('one');
    await commands.takeTurn(envelope('t1'));
    await reaches('TurnTaken');
    await starts();
    await append(streamName('kill_switch', 'demo', 'tenant'), 'KillSwitchEngaged');
    expect(await commands.apply(envelope('r1'))).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'kill-switch-engaged' }],
    });
    await reaches('ApplyRefused');
    expect(steps).not.toContain('one sends');
  });

  it('refuses a start that the port refuses before the write', async () => {
    const { commands } = process('one', { start: () => Promise.reject(refused('no', 'it may not')) });
    await commands.takeTurn(envelope('t1'));
    await reaches('TurnTaken');
    await starts();
    await commands.apply(envelope('r1'));
    await reaches('ApplyRefused');
  });

  it('says that nothing was sent where it requested the change and could not send it', async () => {
    const { commands } = process('one', {
      start: async (_, __, ___, send) => {
        await send({
          request: { kind: 'RequestTentativeCommit', instance: 'one' },
          send: () => Promise.reject(new Error('the line is down')),
        });
      },
    });
    await commands.takeTurn(envelope('t1'));
    await reaches('TurnTaken');
    await starts();
    await commands.apply(envelope('r1'));
    await reaches('TurnLapsed');
    expect(steps).not.toContain('one settles');
  });

  it('only settles a change that another process may have sent', async () => {
    const first = process('one', {
      start: async (_, __, ___, send) => {
        await send({
          request: { kind: 'RequestTentativeCommit', instance: 'one' },
          send: (check) => {
            check();
            steps.push('one sends');
            first.driver.kill();
            return new Promise(() => undefined);
          },
        });
      },
    });
    await first.commands.takeTurn(envelope('t1'));
    await reaches('TurnTaken');
    await starts();
    await first.commands.apply(envelope('r1'));
    await reaches('TentativeCommitRequested');
    await process('two').driver.run('demo', 'a1');
    expect(steps).toEqual(['one prepares', 'one sends', 'two settles']);
    expect((await journal()).at(-1)).toBe('ApplyFailed');
  });

  it('gives its turn back where it is told to stop before anything was sent', async () => {
    const { commands, driver } = process('one');
    await commands.takeTurn(envelope('t1'));
    await reaches('TurnTaken');
    await driver.stop();
    expect((await journal()).at(-1)).toBe('TurnLapsed');
    expect(steps).toEqual(['one prepares', 'one releases']);
  });

  it('takes back what was observed and nobody confirmed in time', async () => {
    const { commands } = process('one', {
      start: async (tx, _, __, send) => {
        await send({
          request: { kind: 'RequestTentativeCommit', instance: 'one' },
          send: (check) => {
            check();
            return Promise.resolve('ok');
          },
        });
        const at = new Date().toISOString();
        await tx.record({
          kind: 'RecordTentative',
          applied_at: at,
          timer_ends_at: at,
          read_back_hash: 'h',
        });
      },
    });
    await commands.takeTurn(envelope('t1'));
    await reaches('TurnTaken');
    await starts();
    await commands.apply(envelope('r1'));
    await reaches('ChangeRolledBack');
    expect(await journal()).toContain('CancelRequested');
  });

  it('closes work that is taken back before anything was sent', async () => {
    const { commands } = process('one');
    await commands.takeTurn(envelope('t1'));
    await append(actionStream, 'UndoRequested', { request_id: 'u1' });
    expect(await commands.undo(envelope('u1'))).toMatchObject({ state: 'REFUSED' });
    await expect(commands.undo(envelope('other'))).rejects.toMatchObject({ code: 'side-door' });
  });
});
