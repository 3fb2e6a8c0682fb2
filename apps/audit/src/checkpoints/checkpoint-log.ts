import {
  CommandHandler,
  genuine,
  ProblemError,
  type CommandContext,
  type EventStore,
  type Position,
} from '@interlock/kernel';
import {
  checkpointDecider,
  checkpointStream,
  keyStream,
  logKeyDecider,
  sameChain,
  type CheckpointCommand,
  type CheckpointEvent,
  type CheckpointState,
  type Head,
  type KeyChain,
  type TreeInconsistencyFound,
  type LogKeyCommand,
  type LogKeyEvent,
  type LogKeyState,
} from '@interlock/tree';
import { systemTenant } from '@interlock/contracts';
import { backoff, newId, serviceCommandContext } from '@interlock/platform';
import { TailStore } from './tail-store.js';

const service = 'audit';

/** Writes and reads audit's own events about the log's tree. */
export class CheckpointLog {
  readonly #checkpoints: CommandHandler<CheckpointCommand, CheckpointEvent, CheckpointState>;
  readonly #keys: CommandHandler<LogKeyCommand, LogKeyEvent, LogKeyState>;

  constructor(
    store: EventStore,
    readonly origin: string,
  ) {
    this.#checkpoints = new CommandHandler(new TailStore(genuine(store)), checkpointDecider, { backoff });
    this.#keys = new CommandHandler(genuine(store), logKeyDecider, { backoff });
  }

  /** Reads the last signed head and the open inconsistencies from the log. */
  async read(): Promise<{ readonly last: Head | null; readonly open: readonly TreeInconsistencyFound[] }> {
    const {
      state: { published, open },
    } = await this.#checkpoints.load(checkpointStream);
    const last = published.at(-1);
    return { last: last === undefined ? null : { size: last.size, root: last.root }, open };
  }

  /** Reads the log's keys from the log itself; null before the first key. */
  async keys(): Promise<KeyChain | null> {
    return (await this.#keys.load(keyStream)).state.chain;
  }

  /**
   * Writes the events of a command. Returns the position of the last event; null if the command
   * changed nothing. Throws the decider's errors.
   */
  async write(commandId: string, command: CheckpointCommand): Promise<Position | null> {
    const { events, position } = await this.#checkpoints.handle(
      checkpointStream,
      command,
      this.#context(commandId),
    );
    return events.length === 0 ? null : position;
  }

  /**
   * Records in the log which keys sign it. Returns true if this call recorded them. Throws
   * `tree-inconsistent` if the log names other keys. Throws `no-checkpoint` if the log names newer
   * keys: a replaced key no longer signs.
   */
  async adopt(chain: KeyChain): Promise<boolean> {
    const {
      state: { chain: known },
    } = await this.#keys.load(keyStream);
    if (known !== null && sameChain(known, chain) && known.rotations.length > chain.rotations.length) {
      throw new ProblemError(
        'no-checkpoint',
        'nothing is signed: the log has a later key than `AUDIT_KEY_DIR`',
        { remedy: 'copy the files of the latest key there' },
      );
    }
    if (known !== null && sameChain(known, chain) && known.rotations.length === chain.rotations.length)
      return false;
    const { events, repeated } = await this.#keys.handle(
      keyStream,
      { kind: 'adopt', chain },
      this.#context(`adopt:${chain.rotations.length}:${chain.first}`),
    );
    return events.length > 0 && !repeated;
  }

  #context(commandId: string): CommandContext {
    return serviceCommandContext(service, systemTenant, { commandId, correlationId: newId() });
  }
}
