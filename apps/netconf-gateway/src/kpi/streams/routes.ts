import { KpiSourceError } from '../kpi-source.js';
import type { Connection, Connections } from './connections.js';
import type { MeasurementStreams } from './measurement-streams.js';
import { StreamRefusal } from './reported-streams.js';
import { connectionRequestOf, streamsOf, type StreamInfo } from './stream-info.dto.js';

/** A request of a producer. `sources`: those that its certificate belongs to. */
export type ProducerRequest = {
  readonly method: string;
  /** The path with its query. */
  readonly target: string;
  /** The address at which the producer reaches this port, as its `Host` says. */
  readonly host: string;
  readonly sources: readonly MeasurementStreams[];
};
export type Answer = { readonly status: number; readonly location?: string; readonly body?: unknown };

/**
 * The paths of TS 28.532, `TS28532_StreamingDataMnS.yaml`, below any prefix: `MnSRoot`, the name of
 * the service and, if there is one, its version.
 */
const pathPattern =
  /^(?<base>(?:\/[\w.~-]{1,64}){0,8}\/StreamingDataReportingMnS(?:\/[\w.-]{1,32})?\/connections)(?:\/(?<id>[\w-]{1,64})(?<streams>\/streams(?:\/(?<stream>\w{1,100}))?)?)?\/?$/;

type Place = {
  readonly base: string;
  readonly id?: string;
  readonly streams?: string;
  readonly stream?: string;
  readonly query: URLSearchParams;
};
const placeOf = (target: string): Place | undefined => {
  const [path = '', ...query] = target.split('?');
  const groups = pathPattern.exec(path)?.groups;
  return groups && ({ ...groups, query: new URLSearchParams(query.join('?')) } as unknown as Place);
};

/** A list in a query: repeated members, or one member with commas. */
const listOf = (query: URLSearchParams, name: string): readonly string[] =>
  query.getAll(name).flatMap((text) => text.split(','));

/** An answer of the type `errorResponse-Type`. */
const refused = (status: number, errorInfo: string): Answer => ({ status, body: { error: { errorInfo } } });
/** An answer of the type `failedConnectionResponse-Type`. */
const notConnected = (status: number, errorReason: string, streamId?: string): Answer => ({
  status,
  body: { error: [{ ...(streamId === undefined ? {} : { streamId }), errorReason }] },
});

/** Returns what `make` returns, or what `refuse` makes of the fault that it throws. */
const orRefused = (
  make: () => Answer,
  refuse: (detail: string, streamId: string | undefined) => Answer,
): Answer => {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof KpiSourceError)) throw error;
    return refuse(error.message, error instanceof StreamRefusal ? error.streamId : undefined);
  }
};

/** The connections at one port, as producers see them. */
export class Routes {
  constructor(private readonly connections: Connections) {}

  /** Answers a request that is no upgrade. `body`: the JSON of it, if it has one. */
  answer(request: ProducerRequest, body: unknown): Answer {
    const place = placeOf(request.target);
    if (place === undefined) return refused(404, 'there is no such resource');
    if (place.id === undefined) return this.#connections(request, place, body);
    const connection = this.#find(request, place);
    if (connection === undefined) return refused(404, 'there is no such connection');
    if (place.streams !== undefined) return this.#streams(request.method, connection, place, body);
    return request.method === 'GET'
      ? { status: 200, body: this.#infoOf(connection, request.host, place) }
      : refused(405, 'only GET is allowed here');
  }

  /** The connection that an upgrade is for; undefined if there is none. */
  upgradeOf(request: ProducerRequest): Connection | undefined {
    const place = placeOf(request.target);
    return place?.streams === undefined ? place && this.#find(request, place) : undefined;
  }

  #find({ sources }: ProducerRequest, { id }: Place): Connection | undefined {
    return this.connections.of(sources).find((one) => one.id === id);
  }

  #connections({ method, host, sources }: ProducerRequest, place: Place, body: unknown): Answer {
    if (method === 'POST')
      return orRefused(
        () => {
          const asked = connectionRequestOf(body);
          const source = sources.find(({ entry }) => entry.producer === asked.producer);
          if (source === undefined) return notConnected(403, 'this certificate is of another producer');
          const { id } = this.connections.announce(source, asked);
          return { status: 201, location: uriOf(host, place, id) };
        },
        (detail, streamId) => notConnected(400, detail, streamId),
      );
    if (method !== 'GET') return refused(405, 'only GET and POST are allowed here');
    const wanted = listOf(place.query, 'connectionIdList').map((uri) => uri.split('/').at(-1)!);
    const own = this.connections.of(sources).filter(({ id }) => wanted.length === 0 || wanted.includes(id));
    if (own.length === 0 && wanted.length > 0) return refused(404, 'there is no such connection');
    return {
      status: own.length < wanted.length ? 202 : 200,
      body: own.map((one) => this.#infoOf(one, host, place)),
    };
  }

  #infoOf({ id, source, streams }: Connection, host: string, place: Place): object {
    return {
      connection: uriOf(host, place, id),
      producer: source.entry.producer,
      streams: streams.infos.map(({ streamId }) => streamId),
    };
  }

  #streams(method: string, { source, streams }: Connection, place: Place, body: unknown): Answer {
    const withReporter = (streamInfo: StreamInfo) => ({ streamInfo, reporters: [source.entry.producer] });
    if (place.stream !== undefined) {
      if (method !== 'GET') return refused(405, 'only GET is allowed here');
      const [info] = streams.find([place.stream]);
      return info === undefined
        ? refused(404, 'there is no such stream')
        : { status: 200, body: withReporter(info) };
    }
    const ids = listOf(place.query, 'streamIds');
    switch (method) {
      case 'POST':
        return orRefused(
          () => {
            const added = streamsOf(body);
            streams.add(added);
            return { status: 201, body: added };
          },
          (detail, streamId) =>
            refused(400, streamId === undefined ? detail : `stream \`${streamId}\` ${detail}`),
        );
      case 'DELETE':
        if (ids.length === 0) return refused(400, 'the request names no stream');
        if (streams.find(ids).length < ids.length) return refused(404, 'there is no such stream');
        streams.remove(ids);
        return { status: 204 };
      case 'GET': {
        const found = ids.length === 0 ? streams.infos : streams.find(ids);
        return { status: found.length < ids.length ? 202 : 200, body: found.map(withReporter) };
      }
      default:
        return refused(405, 'only GET, POST and DELETE are allowed here');
    }
  }
}

/** The address of a connection, which is its id. */
const uriOf = (host: string, { base }: Place, id: string): string => `https://${host}${base}/${id}`;
