import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/**
 * A text that several processes change. Each version is its own file, `FILE.1`, `FILE.2` and so on;
 * `FILE` is the text before the first version. A version is created atomically and by only one
 * process, so a process that read an older version must read again. There is no lock, so no process
 * can die while it holds one.
 */
export class VersionedFile {
  /**
   * `kept` is how many of the newest versions are kept, at least two, so that one can be read while
   * the next are written.
   */
  constructor(
    private readonly file: string,
    private readonly kept = 16,
  ) {}

  /** True if there is any version. */
  get exists(): boolean {
    return existsSync(this.file) || this.newest() > 0;
  }

  #name(version: number): string {
    return version === 0 ? this.file : `${this.file}.${version}`;
  }

  #versions(): readonly number[] {
    const prefix = `${basename(this.file)}.`;
    try {
      return readdirSync(dirname(this.file))
        .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,14}$/.test(name.slice(prefix.length)))
        .map((name) => Number(name.slice(prefix.length)))
        .sort((a, b) => a - b);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** Returns the number of the newest version; 0 if only the first text exists. */
  newest(): number {
    return this.#versions().at(-1) ?? 0;
  }

  /** Returns the newest version. Its text is undefined if there was never one. */
  read(): { readonly version: number; readonly text: string | undefined } {
    for (let last = -1; ;) {
      const version = this.newest();
      try {
        return { version, text: readFileSync(this.#name(version), 'utf8') };
      } catch (error) {
        // It was dropped between the two reads, so there must be a newer version.
        if (codeOf(error) !== 'ENOENT' || version === last) throw error;
        if (version === 0) return { version, text: undefined };
        last = version;
      }
    }
  }

  /**
   * Creates the version after the one that was read. Returns false if another process already
   * created it.
   */
  add(after: number, text: string): boolean {
    const draft = `${this.file}.${randomUUID()}.tmp`;
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    try {
      linkSync(draft, this.#name(after + 1));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    // INVARIANT: old versions are dropped in order. So while the previous version exists, this
    // version cannot have been created and dropped already. The first one has no previous version.
    const isNext = after === 0 ? this.newest() === 1 : existsSync(this.#name(after));
    if (!isNext) {
      rmSync(this.#name(after + 1), { force: true });
      return false;
    }
    for (const old of this.#versions().filter((version) => version <= after + 1 - this.kept))
      rmSync(this.#name(old), { force: true });
    return true;
  }
}
