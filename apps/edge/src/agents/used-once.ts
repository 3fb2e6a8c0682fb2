import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const tidyMs = 60_000;

/**
 * Records values that may be used only once, for all edges that share the folder. Each use is a
 * file that only one edge can create. Files that are too old to matter are dropped.
 */
export class UsedOnce {
  #tidied = 0;

  /**
   * `keptS` is how long a use is remembered, in seconds. It must be longer than the value is valid.
   */
  constructor(
    private readonly folder: string,
    private readonly keptS: number,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Records a use. Returns true for the first, and false for every further one. */
  take(...of: readonly string[]): boolean {
    this.#tidy();
    const name = createHash('sha256').update(JSON.stringify(of)).digest('hex');
    try {
      writeFileSync(join(this.folder, name), '', { mode: 0o600, flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  #tidy(): void {
    if (this.#tidied + tidyMs > Date.now()) return;
    this.#tidied = Date.now();
    for (const name of readdirSync(this.folder)) {
      const file = join(this.folder, name);
      const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
      if (written + this.keptS * 1000 < Date.now()) rmSync(file, { force: true });
    }
  }
}
