import { sealed, type Principal } from '@interlock/platform';
import type { NoteDto } from './notices.dto.js';

/** Returns a note in the form for the log. `context` is the stream and the note's purpose. */
export const noteOf = async (
  principal: Principal,
  context: string,
  { note }: NoteDto,
): Promise<string | null> => (note === undefined || note === null ? null : sealed(principal, note, context));
