import { CliError, remoteOf, Session, type Globals } from './session.js';

/** A session of a person: of `--as` where the home makes the tokens, else whoever the token is of. */
export const personal = (globals: Globals): Session => {
  if (globals.as === undefined && remoteOf(globals) === undefined)
    throw new CliError('name the person that you are with --as', 2);
  return new Session(globals);
};
