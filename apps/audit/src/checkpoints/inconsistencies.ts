import { contentHash, ProblemError } from '@interlock/kernel';
import type { ServiceContext } from '@interlock/platform';
import { gaugeOf } from '@interlock/platform';
import type { CheckpointLog } from './checkpoint-log.js';

type Found = { readonly source: string; readonly tree: string; readonly size: number; readonly detail: string; reported: boolean };

/** What contradicts what was signed. While there is any, nothing is signed. */
export class Inconsistencies {
  readonly #found = new Map<string, Found>();

  constructor(private readonly log: CheckpointLog, private readonly context: Pick<ServiceContext, 'logger' | 'metrics' | 'service'>) {
    this.#show();
  }

  /** Takes note, and says it in the log once. `source` is `log`, `export`, or the mirror that shows it. */
  async found(source: string, tree: string, size: number, detail: string): Promise<void> {
    const key = `${source} ${tree}`;
    const known = this.#found.get(key);
    const found: Found = known?.size === size && known.detail === detail ? known : { source, tree, size, detail, reported: false };
    this.#found.set(key, found);
    this.#show();
    if (found.reported) return;
    this.context.logger.error({ found_by: source, origin: this.log.originOf(tree), tree_size: size, detail }, 'the log contradicts what was signed of it: nothing more is signed');
    const data = { origin: this.log.originOf(tree), tree_size: size, found_by: source, detail };
    try {
      await this.log.write(tree, `found:${contentHash(data)}`, { kind: 'report', data });
      found.reported = true;
    } catch (error) {
      this.context.logger.error({ err: error, found_by: source }, 'the inconsistency could not be said in the log');
    }
  }

  /** What a source shows agrees again. */
  cleared(source: string, tree: string): void {
    if (this.#found.delete(`${source} ${tree}`)) this.#show();
  }

  of(source: string): readonly { readonly tree: string }[] {
    return [...this.#found.values()].filter((found) => found.source === source);
  }

  any(): boolean {
    return this.#found.size > 0;
  }

  /** Throws `tree-inconsistent` while there is any; `but` leaves out sources. */
  refuse(but: readonly string[] = []): void {
    const first = [...this.#found.values()].find(({ source }) => !but.includes(source));
    if (first === undefined) return;
    throw new ProblemError('tree-inconsistent', `${this.log.originOf(first.tree)} contradicts what was signed of it (${first.source}): ${first.detail}`, {
      members: { found_by: first.source, tree_size: first.size }, remedy: 'find out which side was changed, as docs/auditing.md says, before anything is signed again',
    });
  }

  #show(): void {
    gaugeOf(this.context.metrics, 'audit_tree_inconsistent', 'trees whose log contradicts what was signed of it', ['service']).set({ service: this.context.service }, this.#found.size);
  }
}
