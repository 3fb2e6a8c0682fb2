import { parseStream, type StreamCategory } from '@interlock/contracts';
import {
  channelDecider,
  channelLoosens,
  referencesOf,
  rotaDecider,
  rotaLoosens,
  routeDecider,
  routesLoosen,
  type ChannelCommand,
  type ChannelEvent,
  type ChannelState,
  type RotaCommand,
  type RotaEvent,
  type RotaState,
  type RouteCommand,
  type RouteEvent,
  type RouteState,
} from '@interlock/notify';
import { destinationOf, SettingChanges, type Setting } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { ChannelHandler, RotaHandler, RouteHandler } from '../handlers.js';
import type { Egress } from './egress.js';
import { secretDestination } from './channels/secret-destination.js';
import { EGRESS } from './tokens.js';

const isOf =
  (category: StreamCategory) =>
  (stream: string): boolean =>
    parseStream(stream)?.category === category;

/** The settings of who is notified. A change that notifies fewer people loosens. */
@Injectable()
export class DeliverySettings {
  readonly channels: Setting<ChannelCommand, ChannelEvent, ChannelState>;
  readonly routes: Setting<RouteCommand, RouteEvent, RouteState>;
  readonly rotas: Setting<RotaCommand, RotaEvent, RotaState>;

  constructor(
    readonly changes: SettingChanges,
    channels: ChannelHandler,
    routes: RouteHandler,
    rotas: RotaHandler,
    @Inject(EGRESS) { secrets }: Egress,
  ) {
    const scope = 'ALERT_WRITE';
    this.channels = changes.add({
      holds: isOf('channel'),
      decider: channelDecider,
      handler: channels,
      scope,
      loosens: () => channelLoosens,
      check: (tenantId, command) =>
        new Promise((resolve) => {
          if (command.kind === 'configure')
            for (const { reference } of referencesOf(command.settings))
              secrets.refuseElsewhere(tenantId, reference, secretDestination(command.settings));
          resolve();
        }),
    });
    this.routes = changes.add({
      holds: isOf('route'),
      decider: routeDecider,
      handler: routes,
      scope,
      loosens: () => routesLoosen,
    });
    this.rotas = changes.add({
      holds: isOf('rota'),
      decider: rotaDecider,
      handler: rotas,
      scope,
      loosens: () => rotaLoosens,
      check: (tenantId, command) =>
        new Promise((resolve) => {
          const source = command.kind === 'set' ? command.rota.source : null;
          if (source !== null)
            secrets.refuseElsewhere(tenantId, source.token_ref, destinationOf(source.api_url));
          resolve();
        }),
    });
  }
}
