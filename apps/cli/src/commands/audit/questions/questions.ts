import { parseStream } from '@interlock/contracts';
import { answerText, LogQuestion, questions, type Asked, type QuestionName } from '@interlock/replay';
import { printJson, Session, type Globals } from '../../../connection/session.js';
import { eachEventOfLog, eachOfExportedFile, eachOfExportedLog } from '../lines.js';

const fromFile = async (file: string, question: LogQuestion): Promise<void> => {
  const filters = await eachOfExportedFile(file, {
    event: (event) => {
      question.take(event);
      return true;
    },
    named: (event) => question.takeNamed(event),
  });
  for (const filter of filters) question.takeFilter(filter);
};

/**
 * Reads the events of `_system` that an action's events refer to. An export of the action contains
 * them separately.
 */
const readNamed = async (session: Session, question: LogQuestion): Promise<void> => {
  const ids = new Set(question.answer().items.map(({ event }) => parseStream(event.stream)?.id ?? ''));
  for (const id of ids)
    await eachOfExportedLog(session, `/api/v1/audit/export?${new URLSearchParams({ correlation: id })}`, {
      event: () => true,
      named: (event) => question.takeNamed(event),
    });
};

/** Reads the running log, so that the answer has every event of the requested categories. */
const fromLog = async (session: Session, name: QuestionName, question: LogQuestion): Promise<void> => {
  await eachEventOfLog(
    session,
    `/api/v1/audit/events?category=${questions[name].categories.join(',')}`,
    (event) => {
      question.take(event);
      return true;
    },
  );
  if (name === 'decided') await readNamed(session, question);
};

/**
 * Answers an auditor's question. Exit code 0: a full answer; 1: the log contains nothing about the
 * subject; 2: something that a full answer needs was missing.
 */
export const tellAnswer = async (
  globals: Globals,
  name: QuestionName,
  asked: Asked,
  file: string | undefined,
  json: boolean,
): Promise<void> => {
  const question = new LogQuestion(name, asked);
  if (file !== undefined) await fromFile(file, question);
  else await fromLog(new Session(globals), name, question);
  const answer = question.answer();
  if (json) printJson(answer);
  else process.stdout.write(answerText(answer));
  if (answer.missing.length > 0) process.exitCode = 2;
  else if (!answer.found) process.exitCode = 1;
};
