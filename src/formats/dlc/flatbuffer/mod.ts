/** FlatBuffers of any size: reading without holding them, writing from a description. @module */
export {
  boolean,
  bytes,
  type Field,
  float32,
  float32s,
  float64,
  int32,
  int32s,
  int64,
  numberField,
  type Payload,
  payload,
  table,
  type TableField,
  tables,
  tablesOf,
  text,
  texts,
  uint32,
  uint32s,
  uint8,
} from "./field.ts";
export { type NumberType } from "./field.ts";
export { FlatBufferReader } from "./flatbuffer_reader.ts";
export { type FlatBufferLayout, layOutFlatBuffer } from "./lay_out_flatbuffer.ts";
export { streamFlatBuffer } from "./stream_flatbuffer.ts";
export { Table } from "./table.ts";
