// Scalars over steps as a TensorBoard event file: `Event` messages of protocol buffers in TFRecord frames.
// https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto and summary.proto
import { tfRecord } from './tfRecord';

/** One value of one curve. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  wallTime: number;
  /** A whole number, 0 or more. */
  step: number;
  /** The curve: TensorBoard groups by what stands before the first slash. */
  tag: string;
  /** Written as a 32-bit float. */
  value: number;
}

/** What the first event of each file says; readers refuse others. */
const FILE_VERSION = 'brain.Event:2';

/** Numbers of fields, by message. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 };
const SUMMARY = { value: 1 };
const VALUE = { tag: 1, simpleValue: 2 };

/** Wire types: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Seven bits a byte, the lowest first. Not by `>>`, which has 32 bits: steps may be larger. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

const key = (field: number, wireType: number): number[] => varint((field << 3) | wireType);

function fixed(field: number, wireType: typeof FIXED32 | typeof FIXED64, value: number): number[] {
  const view = new DataView(new ArrayBuffer(wireType === FIXED32 ? 4 : 8));
  if (wireType === FIXED32) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return [...key(field, wireType), ...new Uint8Array(view.buffer)];
}

const delimited = (field: number, bytes: ArrayLike<number> & Iterable<number>): number[] => [
  ...key(field, LENGTH_DELIMITED),
  ...varint(bytes.length),
  ...bytes,
];

const text = (field: number, value: string): number[] => delimited(field, new TextEncoder().encode(value));

/** A number that is its default, 0, is left out, as every writer of proto3 does. */
const step = (value: number): number[] => (value === 0 ? [] : [...key(EVENT.step, VARINT), ...varint(value)]);

function scalarEvent({ wallTime, step: at, tag, value }: ScalarEvent): number[] {
  const summary = delimited(SUMMARY.value, [...text(VALUE.tag, tag), ...fixed(VALUE.simpleValue, FIXED32, value)]);
  return [...fixed(EVENT.wallTime, FIXED64, wallTime), ...step(at), ...delimited(EVENT.summary, summary)];
}

/** The bytes of an event file, piece by piece. TensorBoard finds a file by `tfevents` in its name. */
export function* tensorBoardFile(startedAt: number, events: Iterable<ScalarEvent>): Generator<Uint8Array<ArrayBuffer>> {
  const head = [...fixed(EVENT.wallTime, FIXED64, startedAt), ...text(EVENT.fileVersion, FILE_VERSION)];
  yield tfRecord(Uint8Array.from(head));
  for (const event of events) yield tfRecord(Uint8Array.from(scalarEvent(event)));
}
