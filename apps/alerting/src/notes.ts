import { sealed, type Principal } from '@interlock/platform';
import type { NoteDto } from './notices.dto.js';

/** A note as the log may hold it; `context` is the stream and what the note is there for. */
export const noteOf = async (
  principal: Principal,
  context: string,
  { note }: NoteDto,
): Promise<string | null> => (note === undefined || note === null ? null : sealed(principal, note, context));
