import protobuf from 'protobufjs/light.js';
import { field } from '../protobuf-field.js';

/** A step of a path, with the keys of a list entry. */
export type PathElem = { readonly name: string; readonly key?: { readonly [name: string]: string } };
/** A step that a target sends. A step with an empty name is decoded without `name`. */
export type SentElem = Partial<PathElem>;
export type Path = {
  readonly origin?: string;
  readonly elem?: readonly SentElem[];
  readonly target?: string;
};

/** The forms of a value that hold one number or text; the others are not read. */
export type TypedValue = {
  readonly string_val?: string;
  readonly int_val?: number;
  readonly uint_val?: number;
  readonly float_val?: number;
  readonly double_val?: number;
  readonly decimal_val?: { readonly digits?: number; readonly precision?: number };
  readonly json_val?: Buffer;
  readonly json_ietf_val?: Buffer;
  readonly ascii_val?: string;
};
type Update = { readonly path?: Path; readonly val?: TypedValue };
export type Notification = {
  /** Nanoseconds since 1970. */
  readonly timestamp?: number;
  readonly prefix?: Path;
  readonly update?: readonly Update[];
  /** The paths whose values no longer exist. They are deleted before the updates are taken. */
  readonly delete?: readonly Path[];
  /** True if the updates are all that exists under the prefix. */
  readonly atomic?: boolean;
};
export type SubscribeResponse = { readonly update?: Notification; readonly sync_response?: boolean };
/** One path. Mode and intervals, in nanoseconds, are for a subscription that stays open. */
type Subscription = {
  readonly path: Path;
  readonly mode?: number;
  readonly sample_interval?: number;
  readonly heartbeat_interval?: number;
};
export type SubscribeRequest = {
  readonly subscribe: {
    readonly prefix?: Path;
    readonly subscription: readonly Subscription[];
    readonly mode: number;
    readonly encoding: number;
  };
};

/** `once`: each value is sent once, and then `sync_response`. `stream`: values follow after it. */
export const listModes = { stream: 0, once: 1 } as const;
/** `on_change`: a value is sent when it changes. `sample`: it is sent at each interval. */
export const streamModes = { on_change: 1, sample: 2 } as const;
export const encodings = { json: 0, proto: 2, json_ietf: 4 } as const;

/** The part of gNMI 0.10 that a subscription to single values needs, by its field numbers. */
const messages = protobuf.Root.fromJSON({
  nested: {
    PathElem: {
      fields: {
        name: field(1, 'string'),
        key: { keyType: 'string', type: 'string', id: 2 } as protobuf.IMapField,
      },
    },
    Path: {
      fields: {
        origin: field(2, 'string'),
        elem: field(3, 'PathElem', 'repeated'),
        target: field(4, 'string'),
      },
    },
    Decimal64: { fields: { digits: field(1, 'int64'), precision: field(2, 'uint32') } },
    TypedValue: {
      fields: {
        string_val: field(1, 'string'),
        int_val: field(2, 'int64'),
        uint_val: field(3, 'uint64'),
        float_val: field(6, 'float'),
        decimal_val: field(7, 'Decimal64'),
        json_val: field(10, 'bytes'),
        json_ietf_val: field(11, 'bytes'),
        ascii_val: field(12, 'string'),
        double_val: field(14, 'double'),
      },
    },
    Update: { fields: { path: field(1, 'Path'), val: field(3, 'TypedValue') } },
    Notification: {
      fields: {
        timestamp: field(1, 'int64'),
        prefix: field(2, 'Path'),
        update: field(4, 'Update', 'repeated'),
        delete: field(5, 'Path', 'repeated'),
        atomic: field(6, 'bool'),
      },
    },
    SubscribeResponse: { fields: { update: field(1, 'Notification'), sync_response: field(3, 'bool') } },
    Subscription: {
      fields: {
        path: field(1, 'Path'),
        mode: field(2, 'int32'),
        sample_interval: field(3, 'uint64'),
        heartbeat_interval: field(5, 'uint64'),
      },
    },
    SubscriptionList: {
      fields: {
        prefix: field(1, 'Path'),
        subscription: field(2, 'Subscription', 'repeated'),
        mode: field(5, 'int32'),
        encoding: field(8, 'int32'),
      },
    },
    SubscribeRequest: { fields: { subscribe: field(1, 'SubscriptionList') } },
  },
});
const [requestType, responseType] = ['SubscribeRequest', 'SubscribeResponse'].map((name) =>
  messages.lookupType(name),
) as [protobuf.Type, protobuf.Type];

/** The bytes of a request. */
export const encodeRequest = (request: SubscribeRequest): Buffer =>
  Buffer.from(requestType.encode(requestType.fromObject(request)).finish());

/** A response from its bytes. Members that are not set are absent. Throws if it is malformed. */
export const decodeResponse = (bytes: Buffer): SubscribeResponse =>
  responseType.toObject(responseType.decode(bytes), { longs: Number, bytes: Buffer }) as SubscribeResponse;
