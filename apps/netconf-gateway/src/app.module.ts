import { ExecutorPresence } from '@interlock/executor';
import { RpcClient } from '@interlock/jetstream';
import {
  changeRpc,
  ConditionAlerts,
  counterOf,
  histogramOf,
  foundWork,
  handlerRpc,
  HealthChecks,
  newId,
  projectionSettings,
  readConfig,
  settingChanges,
  type ServiceContext,
} from '@interlock/platform';
import { ProjectionRunner } from '@interlock/postgres';
import type { DynamicModule } from '@nestjs/common';
import { DeviceBindingsController } from './bindings/device-bindings.controller.js';
import { DeviceBindings } from './bindings/device-bindings.js';
import { TenantBindingSettings } from './bindings/tenant-binding-settings.js';
import { TenantBindingsController } from './bindings/tenant-bindings.controller.js';
import { GatewayConfig } from './config.js';
import { DriftChecks } from './drift/drift-checks.js';
import { DriftController } from './drift/drift.controller.js';
import { expectedLeavesProjection, type ExpectedDatabase } from './drift/expected-leaves.projection.js';
import { ExpectedLeaves } from './drift/expected-leaves.queries.js';
import { DeviceSetting } from './devices/device-setting.js';
import { DevicesController } from './devices/devices.controller.js';
import { Gateway } from './gateway.js';
import { Lifecycle } from './lifecycle.js';
import { measureOpen } from './sessions/open-metrics.js';
import { QualifyController } from './qualify/qualify.controller.js';
import { NetconfController } from './adapter/netconf.controller.js';
import { TransactionStoryController } from './tx/transaction-story.controller.js';
import { transactionsProjection, type GatewayDatabase } from './tx/transactions.projection.js';
import { TransactionsQueries } from './tx/transactions.queries.js';
import { TopologyController } from './topology/topology.controller.js';
import { topologyProjection, type TopologyDatabase } from './topology/topology.projection.js';
import { TopologyQueries } from './topology/topology.queries.js';

/** All the wiring of the gateway. */
export class AppModule {
  static register(context: ServiceContext): DynamicModule {
    const { store, logger, environment, nats, metrics } = context;
    const rpc = new RpcClient(nats, { caller: context.service });
    const executor = new ExecutorPresence({
      store,
      service: context.service,
      instance: newId(),
      tell: (request) => rpc.call('safety-rails.executor', request),
      logger,
    });
    const ended = counterOf(metrics, 'netconf_transactions_total');
    const duration = histogramOf(metrics, 'netconf_rpc_duration_seconds');
    const calls = counterOf(metrics, 'netconf_calls_home_total');
    const kpiReadings = counterOf(metrics, 'kpi_source_readings_total');
    const unreachable = new ConditionAlerts('device_unreachable', context);
    const config = readConfig(GatewayConfig, environment);
    const gateway = new Gateway({
      store,
      executor,
      config,
      environment,
      logger,
      onEnd: (state) => ended.inc({ outcome: state.toLowerCase() }),
      onConfirmed: foundWork(context),
      onKpiReading: (source, outcome) => kpiReadings.inc({ source, outcome }),
      host: context.http.host,
      onCall: (outcome) => calls.inc({ outcome }),
      onRpc: ({ operation, outcome, seconds }) => duration.observe({ operation, outcome }, seconds),
      onReach: ({ tenant_id, device_id }, fault) => {
        void unreachable.look(
          { tenant_id, subject: device_id, detail: fault ?? 'a session is open again' },
          fault !== null,
        );
      },
    });
    measureOpen(metrics, gateway);
    const expected = new ProjectionRunner<ExpectedDatabase>({
      ...projectionSettings(context),
      projection: expectedLeavesProjection,
    });
    const checked = counterOf(metrics, 'netconf_drift_checks_total');
    const drift = new DriftChecks({
      gateway,
      expected: new ExpectedLeaves(expected),
      config,
      logger,
      onCheck: ({ state }) => checked.inc({ outcome: state }),
    });
    const runner = new ProjectionRunner<GatewayDatabase>({
      ...projectionSettings(context),
      projection: transactionsProjection,
    });
    const topology = new ProjectionRunner<TopologyDatabase>({
      ...projectionSettings(context),
      projection: topologyProjection,
    });
    return {
      module: AppModule,
      controllers: [
        changeRpc('netconf-gateway'),
        handlerRpc('netconf-gateway', Gateway),
        DevicesController,
        DriftController,
        DeviceBindingsController,
        TenantBindingsController,
        QualifyController,
        NetconfController,
        TransactionStoryController,
        TopologyController,
      ],
      providers: [
        settingChanges,
        DeviceBindings,
        DeviceSetting,
        TenantBindingSettings,
        { provide: Gateway, useValue: gateway },
        { provide: DriftChecks, useValue: drift },
        { provide: TransactionsQueries, useValue: new TransactionsQueries(runner) },
        { provide: TopologyQueries, useValue: new TopologyQueries(topology) },
        { provide: RpcClient, useValue: rpc },
        {
          provide: Lifecycle,
          useFactory: (health: HealthChecks) =>
            new Lifecycle(
              {
                gateway,
                executor,
                readModels: { transactions: runner, expected_leaves: expected, topology },
                drift,
              },
              health,
            ),
          inject: [HealthChecks],
        },
      ],
    };
  }
}
