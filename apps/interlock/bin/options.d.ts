export type Options = {
  readonly home: string;
  readonly port: number;
  readonly demo: boolean;
  readonly processes: boolean;
  /** How many processes hold the services where `processes` is false: 1, 2 or 3. */
  readonly workers: number;
  /** Whether the browser is opened at `ready`. */
  readonly open: boolean;
  /** Whether new invitations to the console are printed. */
  readonly invite: boolean;
  readonly help: boolean;
};

/** What `--help` prints. */
export declare const usage: string;

/**
 * `--home`, `--port`, `--no-demo`, `--processes`, `--workers`, `--open`, `--invite`, `--help`; the
 * environment gives the first two where they are not named. Throws a plain sentence.
 */
export declare const readOptions: (
  args: readonly string[],
  environment: { readonly [name: string]: string | undefined },
  cwd: string,
) => Options;
