import { isProblem } from '@interlock/kernel';

export const failure = (attempt: () => unknown): unknown => {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
};
export const codeOf = (error: unknown): string => (isProblem(error) ? error.code : String(error));
