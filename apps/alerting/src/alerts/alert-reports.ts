import { reportFiles, reportOf, type AlertReport } from '@interlock/alerting';
import type { AdapterLogger } from '@interlock/eventstore';
import { LOGGER, nowText, readConfig, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { writeReport } from '@interlock/platform/report-files';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { AlertingConfig } from '../config.js';
import { isDue } from './daily.js';
import { NoticesQueries } from '../notices/notices.queries.js';

const everyMs = 30_000;
const statePath = 'reports/policy_orchestration_alerts.json';

/** The report on a tenant's alerts, written to files once a day if a folder is configured. */
@Injectable()
export class AlertReports {
  readonly #folder: string | undefined;
  readonly #tenant: string;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(
    private readonly queries: NoticesQueries,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
    @Inject(SERVICE_CONTEXT) { environment }: Pick<ServiceContext, 'environment'>,
  ) {
    const config = readConfig(AlertingConfig, environment);
    this.#folder = config.ALERT_OUTPUT_DIR;
    this.#tenant = config.ALERT_OUTPUT_TENANT;
  }

  async of(tenantId: string): Promise<AlertReport> {
    return reportOf(tenantId, await this.queries.holding(tenantId), nowText());
  }

  start(): void {
    if (this.#folder === undefined) return;
    this.#timer = setInterval(() => this.#look(), everyMs);
    this.#timer.unref();
    this.#look();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #look(): void {
    this.#running ??= this.#run()
      .catch((error: unknown) =>
        this.logger.error({ err: error }, 'the daily report on alerts could not be written'),
      )
      .finally(() => {
        this.#running = undefined;
      });
  }

  /**
   * Writes the report if it is due. The existing file shows the time of the last run, so a restart
   * neither skips a day nor repeats it.
   */
  async #run(): Promise<void> {
    const folder = this.#folder;
    if (folder === undefined || !isDue(await lastRun(folder), new Date())) return;
    await writeReport(folder, reportFiles(await this.of(this.#tenant)));
  }
}

/**
 * Returns the time at which the report in a folder was written; null if there is no readable
 * report.
 */
const lastRun = async (folder: string): Promise<Date | null> => {
  try {
    const { timestamp } = JSON.parse(await readFile(join(folder, statePath), 'utf8')) as {
      readonly timestamp?: string;
    };
    const at = new Date(timestamp ?? '');
    return Number.isNaN(at.getTime()) ? null : at;
  } catch {
    return null;
  }
};
