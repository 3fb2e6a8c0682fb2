import { IsUUID } from 'class-validator';

/** The id of an action in a path. */
export class CallPath {
  @IsUUID() action_id!: string;
}

/** A tenant handler's answer to the question how an action stands. */
export type HandlerStatusDto = {
  readonly action_id: string;
  readonly action_type: string;
  readonly status: 'applied' | 'not_applied' | 'in_progress' | 'undone' | 'failed';
  /** The SHA-256 of the answer in hexadecimal, and its size in bytes. */
  readonly answer: { readonly sha256: string; readonly bytes: number };
};
