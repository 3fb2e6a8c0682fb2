import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemTenant } from '@interlock/contracts';
import { LOGGER } from '@interlock/platform';
import type { AdapterLogger } from '@interlock/eventstore';
import { responseRunFiles, type Response } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { textOf } from '../outputs/files.js';
import { writeFiles } from '../outputs/state-folder.js';
import { ResponseConfig } from './config.js';

/**
 * The output files of responses. A failed write is logged and does not stop anything, because the
 * log holds everything.
 */
@Injectable()
export class ResponseOutputs {
  #writing: Promise<void> = Promise.resolve();

  constructor(
    @Inject(ResponseConfig) private readonly config: Pick<ResponseConfig, 'POSTURE_OUTPUT_DIR'>,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  /**
   * Returns the directory of a tenant's files; null if none is configured. `_system` uses the
   * configured directory itself.
   */
  directory(tenantId: string): string | null {
    const { POSTURE_OUTPUT_DIR: root } = this.config;
    if (root === undefined) return null;
    return tenantId === systemTenant ? root : join(root, 'tenants', tenantId);
  }

  /** Writes the files of an ended run. A repeat writes the same content. */
  write(tenantId: string, response: Response): Promise<void> {
    const directory = this.directory(tenantId);
    if (directory === null) return Promise.resolve();
    this.#writing = this.#writing
      .then(() => this.#write(directory, response))
      .catch((error: unknown) => {
        this.logger.warn(
          { err: error, response_id: response.response_id },
          'the files of a response could not be written',
        );
      });
    return this.#writing;
  }

  /**
   * Writes the files of ended runs again, the oldest first. A crash may have prevented the files of
   * the last one.
   */
  async restore(tenantId: string, responses: readonly Response[]): Promise<void> {
    const ended = responses.filter(({ status }) => status !== 'running');
    const applied = ended.filter(({ mode, status }) => mode === 'apply' && status !== 'blocked');
    const last = [
      ended.findLast(({ status }) => status === 'blocked'),
      ended.findLast(({ mode, status }) => mode === 'dry-run' && status !== 'blocked'),
    ];
    for (const response of [...applied, ...last.filter((one) => one !== undefined)])
      await this.write(tenantId, response);
  }

  #write(directory: string, response: Response): Promise<void> {
    return writeFiles(directory, responseRunFiles(response), async (log, line) => {
      if (((await textOf(log)) ?? '').includes(`"response_id":"${response.response_id}"`)) return;
      await mkdir(dirname(log), { recursive: true });
      await appendFile(log, line);
    });
  }
}
