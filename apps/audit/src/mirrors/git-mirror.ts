import { cutText } from '@interlock/kernel';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectoryMirror } from './directory-mirror.js';
import { runGit, type GitFault } from './git-command.js';
import { MirrorFailure, type Mirror, type SignedHead } from './mirror.js';

const branch = 'main';
const timeoutMs = 60_000;
/**
 * These settings override the machine's own git configuration, so that it affects neither commits
 * nor file contents.
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
/** As git's configuration file has them: one write, where each `git config` would be a process. */
const configuration = settings
  .map(([name, value]) => {
    const [section, key] = name.split('.');
    return `[${section}]\n\t${key} = ${value}\n`;
  })
  .join('');
/** Overrides the repository's own attributes, because git reads this file first. */
const attributes = '* -text -eol -filter -ident -working-tree-encoding -diff -merge\n';
/**
 * Drops `GIT_DIR` and its siblings, so that git runs in the mirror and not in the caller's
 * repository.
 */
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
 * Commits checkpoints to a Git repository and pushes them. Each origin has one file, `latest`,
 * whose history holds the earlier checkpoints. Only the repository counts; the local clone can be
 * rebuilt at any time.
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
   * Makes one commit for all heads of a round and pushes it. If another instance pushed first, it
   * throws, and the round is repeated on a new clone.
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
   * Creates a new local clone. INVARIANT: work continues from the repository's content, never from
   * commits that exist only in the local clone.
   */
  async #clonedAnew(): Promise<void> {
    await rm(this.#clone, { recursive: true, force: true });
    await mkdir(this.#clone, { recursive: true, mode: 0o700 });
    await this.#git('init', '--quiet', '--template=', '--initial-branch', branch);
    await mkdir(join(this.#clone, '.git', 'info'), { recursive: true });
    await writeFile(join(this.#clone, '.git', 'info', 'attributes'), attributes);
    await appendFile(join(this.#clone, '.git', 'config'), configuration);
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
   * Shortens git's error output. INVARIANT: addresses are removed, because git quotes them and they
   * may hold a password.
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
    const told = lines.filter((line) => /^(?:fatal|error|remote|!)/.test(line) && !/^remote:\s*$/.test(line));
    return cutText(told.slice(0, 2).join('; '), 300);
  }
}
