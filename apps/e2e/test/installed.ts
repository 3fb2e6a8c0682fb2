import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Links every entry of a folder but one, which the caller makes. */
const linkAllBut = (left: string, from: string, to: string): void => {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) if (name !== left) symlinkSync(join(from, name), join(to, name));
};

/**
 * A folder with an installed release, which another release replaces while programs of it run. The
 * programs of the stack are copied from a built checkout; everything else is linked.
 */
export class Installed {
  readonly #folder = mkdtempSync(join(tmpdir(), 'interlock-installed-'));

  /** The program of `npm start`. */
  get program(): string {
    return join(this.#folder, 'apps', 'interlock', 'run', 'main.js');
  }

  /**
   * Installs the build of a checkout. The mark makes it another build than the same checkout with
   * another mark: each service notes in the log from which build it runs (`ReleaseStarted`).
   */
  install(checkout: string, mark: string): void {
    this.remove();
    const [apps, own] = [join(checkout, 'apps'), join(checkout, 'apps', 'interlock')];
    linkAllBut('apps', checkout, this.#folder);
    linkAllBut('interlock', apps, join(this.#folder, 'apps'));
    const to = join(this.#folder, 'apps', 'interlock');
    linkAllBut('run', own, to);
    cpSync(join(own, 'run'), join(to, 'run'), { recursive: true });
    writeFileSync(join(to, 'run', 'mark.mjs'), `export const mark = '${mark}';\n`);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
