import 'reflect-metadata';
import { plainToInstance, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateNested,
} from 'class-validator';
import { isObject } from '@interlock/kernel';
import { faultsOf } from '@interlock/platform';
import { KpiSourceError } from '../kpi-source.js';

/** The most streams in one request. */
const mostAtOnce = 2000;
const noControl = /^[^\p{C}]+$/u;

/** What a stream of performance data measures. */
class PerformanceInfo {
  /** The distinguished name of the measured object. */
  @IsString() @Length(1, 2000) @Matches(noControl) measObjDn!: string;
  /** The metrics, in the order of their results. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  performanceMetrics!: string[];
  @IsOptional() @IsString() @Length(1, 200) jobId?: string;
}

/** A stream, as its producer describes it (TS 28.532, `streamInfo-Type`). */
export class StreamInfo {
  @IsIn(['PERFORMANCE'], { message: 'only streams of the type PERFORMANCE are taken' })
  streamType!: string;
  @IsIn(['GPB'], { message: 'only the serialization format GPB is read' })
  serializationFormat!: string;
  @Matches(/^[0-9A-Za-z]{1,100}$/) streamId!: string;
  @ValidateNested() @Type(() => PerformanceInfo) additionalInfo!: PerformanceInfo;
}

class StreamList {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(mostAtOnce)
  @ValidateNested({ each: true })
  @Type(() => StreamInfo)
  streams!: StreamInfo[];
}

/** What a producer says before it opens a connection (`connectionRequest-Type`). */
export class ConnectionRequest extends StreamList {
  /** The producer's distinguished name. */
  @IsString() @Length(1, 1000) @Matches(noControl) producer!: string;
}

const mostFaults = 5;

const checked = <T extends object>(type: new () => T, value: unknown): T => {
  const instance = plainToInstance(type, value);
  const faults = faultsOf(instance, { strict: false });
  if (faults.length > 0)
    throw new KpiSourceError(
      faults
        .slice(0, mostFaults)
        .map(({ pointer, detail }) => `${pointer} ${detail}`)
        .join('; '),
    );
  return instance;
};

/** A stream with the members that are known. What else a producer sends is not kept. */
const known = ({
  streamType,
  serializationFormat,
  streamId,
  additionalInfo: { measObjDn, performanceMetrics, jobId },
}: StreamInfo): StreamInfo => ({
  streamType,
  serializationFormat,
  streamId,
  additionalInfo: { measObjDn, performanceMetrics, ...(jobId === undefined ? {} : { jobId }) },
});

/** The request of a connection. Throws KpiSourceError that names its faults. */
export const connectionRequestOf = (value: unknown): ConnectionRequest => {
  if (!isObject(value)) throw new KpiSourceError('the body is not an object');
  const { producer, streams } = checked(ConnectionRequest, value);
  return { producer, streams: streams.map(known) };
};

/** The streams that are added to a connection. Throws KpiSourceError that names their faults. */
export const streamsOf = (value: unknown): readonly StreamInfo[] =>
  checked(StreamList, { streams: value }).streams.map(known);
