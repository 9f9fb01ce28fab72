/** A file, or a part of one, that is read where its containers say: never more than was asked for. */
export interface ContainerReader {
  readonly sizeBytes: number;
  /** Exactly these bytes, which lie inside the file. */
  read(offset: number, sizeBytes: number): Uint8Array;
}

/** A reader of bytes in memory. */
export function readerOf(bytes: Uint8Array): ContainerReader {
  return {
    sizeBytes: bytes.length,
    read: (offset, sizeBytes) => bytes.subarray(offset, offset + sizeBytes),
  };
}

/** What lies inside both the file and these bounds, as a view for numbers; shorter at the file's end. */
export function readUpTo(reader: ContainerReader, offset: number, most: number): DataView {
  const sizeBytes = Math.max(0, Math.min(most, reader.sizeBytes - offset));
  const bytes = reader.read(Math.min(offset, reader.sizeBytes), sizeBytes);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
