/** The requests of a workflow after an input. A timeout is an input like any other. */
export type WorkflowOutput<Message> =
  | { readonly kind: 'send'; readonly message: Message }
  | { readonly kind: 'schedule'; readonly dueAt: string; readonly message: Message }
  | { readonly kind: 'complete' }
  | { readonly kind: 'ignore'; readonly reason: string };

/** A process manager as two pure functions. */
export type Workflow<Input, State, Message> = {
  readonly initial: State;
  readonly decide: (input: Input, state: State) => readonly WorkflowOutput<Message>[];
  readonly evolve: (state: State, input: Input) => State;
};
