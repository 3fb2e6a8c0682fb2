import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { isSealLine, readExportedLine } from '@interlock/ledger';
import type { RecordedEvent } from '@interlock/kernel';
import { CliError, pathOf, type Session } from '../session.js';

/** Hands over each event of an export until `take` says that it is enough; the seal at its end is passed over, that is `interlock audit verify`'s; one line at a time is kept. Throws, naming the line, where it is none. */
const eachEvent = async (input: Readable, told: (error: unknown) => CliError, take: (event: RecordedEvent) => boolean): Promise<void> => {
  let number = 0;
  let sealed = false;
  const lines = createInterface({ input, crlfDelay: Infinity });
  await new Promise<void>((resolve, reject) => {
    const stop = (error?: CliError): void => {
      if (error !== undefined) reject(error);
      lines.close();
      input.destroy();
    };
    input.once('error', (error) => { stop(told(error)); });
    lines.once('error', () => undefined);
    let over = false;
    lines.on('line', (line) => {
      if (over) return;
      number += 1;
      if (line.trim() === '') return;
      try {
        if (isSealLine(line)) {
          sealed = true;
          return;
        }
        const read = sealed ? { fault: 'follows the seal' } : readExportedLine(line);
        if ('fault' in read) throw new CliError(`line ${number} ${read.fault}`);
        over = !take(read.event);
      } catch (error) {
        over = true;
        stop(error instanceof CliError ? error : new CliError(`line ${number}: ${error instanceof Error ? error.message : ''}`));
        return;
      }
      if (over) stop();
    });
    lines.once('close', resolve);
  });
};

/** The events of an exported file; `-` is the standard input. */
export const eachEventOfFile = (file: string, take: (event: RecordedEvent) => boolean): Promise<void> =>
  eachEvent(file === '-' ? process.stdin : createReadStream(pathOf(file), { highWaterMark: 1 << 20 }), (error) => new CliError((error as NodeJS.ErrnoException).code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read`), take);

/** The events that the audit API answers, and up to where in the log it went. */
export const eachEventOfLog = async (session: Session, path: string, take: (event: RecordedEvent) => boolean): Promise<string> => {
  const response = await session.fetch('GET', path);
  if (!response.ok || response.body === null) throw new CliError(`the log was refused: ${await response.text()}`);
  await eachEvent(Readable.fromWeb(response.body as never), (error) => new CliError(`the log broke off: ${error instanceof Error ? error.message : ''}`), take);
  return response.headers.get('interlock-position') ?? '0';
};
