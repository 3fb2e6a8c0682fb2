import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectoryMirror } from './directory-mirror.js';
import { runGit, type GitFault } from './git-command.js';
import { MirrorFailure, type Mirror, type SignedHead } from './mirror.js';

const branch = 'main';
const timeoutMs = 60_000;
/**
 * Nothing of the machine's own settings decides how a commit is made, or what of a file is in it.
 */
const settings = [
  ['user.name', 'Interlock audit'],
  ['user.email', 'audit@interlock.invalid'],
  ['commit.gpgsign', 'false'],
  ['push.gpgSign', 'false'],
  ['commit.template', ''],
  ['core.hooksPath', '/dev/null'],
  ['core.autocrlf', 'false'],
  ['core.sparseCheckout', 'false'],
  ['gc.autoDetach', 'false'],
  ['maintenance.autoDetach', 'false'],
] as const;
/** The same of what the repository's own attributes say: this file comes before them. */
const attributes = '* -text -eol -filter -ident -working-tree-encoding -diff -merge\n';
/** Where git itself was told in which repository it runs: not in ours. */
const foreign = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_AUTHOR_DATE',
  'GIT_COMMITTER_DATE',
];

/**
 * Commits checkpoints to a Git repository and pushes them: for each origin the file `latest`, whose
 * history holds all before it. The clone it works in can be made again at any time: what counts is
 * the repository.
 */
export class GitMirror implements Mirror {
  readonly name = 'git';
  readonly #clone: string;
  readonly #files: DirectoryMirror;
  #opened: Promise<void> | undefined;
  #taken: string[] = [];
  #cut = new AbortController();

  constructor(
    private readonly remote: string,
    stateDir: string,
  ) {
    this.#clone = join(stateDir, 'git-mirror');
    this.#files = new DirectoryMirror(this.#clone, false);
  }

  async held(origin: string): Promise<string | null> {
    await this.#open();
    return this.#files.held(origin);
  }

  async take(head: SignedHead): Promise<void> {
    await this.#open();
    await this.#files.take(head);
    this.#taken.push(`${head.checkpoint.origin} ${head.checkpoint.size}`);
  }

  /**
   * One commit for all that came in a round. Where another instance pushed first, the clone takes
   * that, and the round is done again.
   */
  async settle(): Promise<void> {
    const taken = this.#taken.splice(0);
    try {
      await this.#git('add', '--all', '--force');
      if ((await this.#git('status', '--porcelain')) !== '')
        await this.#git('commit', '--quiet', '--message', `Checkpoint ${taken.join(', ').slice(0, 2000)}`);
      await this.#git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  forget(): void {
    this.#opened = undefined;
  }

  cut(): void {
    this.#cut.abort();
    this.#cut = new AbortController();
    this.forget();
  }

  #open(): Promise<void> {
    this.#opened ??= this.#clonedAnew().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  /**
   * INVARIANT: work goes on from what the repository holds, never from what a clone of ours holds
   * beyond it.
   */
  async #clonedAnew(): Promise<void> {
    await rm(this.#clone, { recursive: true, force: true });
    await mkdir(this.#clone, { recursive: true, mode: 0o700 });
    await this.#git('init', '--quiet', '--template=', '--initial-branch', branch);
    await mkdir(join(this.#clone, '.git', 'info'), { recursive: true });
    await writeFile(join(this.#clone, '.git', 'info', 'attributes'), attributes);
    for (const [name, value] of settings) await this.#git('config', name, value);
    await this.#git('remote', 'add', 'origin', this.remote);
    if ((await this.#git('ls-remote', '--heads', 'origin', branch)) === '') return;
    await this.#git('fetch', '--quiet', '--no-tags', '--depth', '1', 'origin', branch);
    await this.#git('checkout', '--quiet', '--force', '-B', branch, 'FETCH_HEAD');
  }

  async #git(...args: readonly string[]): Promise<string> {
    try {
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.includes(name)));
      return (
        await runGit(args, {
          cwd: this.#clone,
          timeoutMs,
          signal: this.#cut.signal,
          env: { ...env, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' },
        })
      ).trim();
    } catch (fault) {
      const { why: kind, stderr } = fault as GitFault;
      const why =
        kind === 'missing'
          ? 'there is no program `git`'
          : kind === 'late'
            ? `it took longer than ${timeoutMs / 1000} s`
            : this.#said(stderr);
      throw new MirrorFailure(`git ${args[0] ?? ''} failed${why === '' ? '' : `: ${why}`}`, {
        everywhere: true,
      });
    }
  }

  /**
   * What git said, in short. INVARIANT: an address may hold a password, and git quotes it: none is
   * told.
   */
  #said(stderr: string): string {
    const lines = stderr
      .replaceAll(this.remote, '…')
      .split(/[\r\n]+/)
      .map((line) =>
        line
          .replace(/[^\s'"]*:\/\/\S*/g, '…')
          .replace(/\p{Cc}/gu, ' ')
          .trim(),
      );
    return lines
      .filter((line) => /^(?:fatal|error|remote|!)/.test(line) && !/^remote:\s*$/.test(line))
      .slice(0, 2)
      .join('; ')
      .slice(0, 300);
  }
}
