/** One named piece of game data. */
export type PackEntry = { readonly name: string; readonly kind: string; readonly data: Buffer } & Readonly<
  Record<'width' | 'height' | 'rate', number | undefined>
>;

/** Entries start on this boundary, so typed arrays can view them in place. */
const alignmentBytes = 16;

/**
 * Put entries behind one another into a pack the sample games read.
 *
 * Layout, little-endian: `GPAK`, u32 version (1), u32 index length, the index as JSON
 * (`[{ name, kind, offset, length, width?, height?, rate? }]`, offsets from the end of the index),
 * zeroes to a multiple of 16, then the data, each entry padded with zeroes to a multiple of 16.
 * The index starts the file on purpose: adding one entry moves everything after it, as in real packs.
 */
export function serializePack(entries: readonly PackEntry[]): Buffer {
  let offset = 0;
  const rows = entries.map(({ data, ...facts }) => {
    const row = { ...facts, offset, length: data.length };
    offset += data.length + paddingAfter(data.length);
    return row;
  });
  const index = Buffer.from(JSON.stringify(rows));
  const head = Buffer.alloc(12);
  head.write('GPAK', 'latin1');
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(index.length, 8);
  const parts: Buffer[] = [head, index, Buffer.alloc(paddingAfter(head.length + index.length))];
  for (const { data } of entries) {
    parts.push(data, Buffer.alloc(paddingAfter(data.length)));
  }
  return Buffer.concat(parts);
}

/** RGBA pixels, 8 bits a channel. */
export function pixelEntry(name: string, size: number, data: Buffer): PackEntry {
  return { name, kind: 'rgba8', data, width: size, height: size, rate: undefined };
}

/** One byte of coverage a pixel. */
export function coverageEntry(name: string, size: number, data: Buffer): PackEntry {
  return { name, kind: 'alpha8', data, width: size, height: size, rate: undefined };
}

/** Little-endian unsigned 16-bit heights. */
export function heightEntry(name: string, data: Buffer): PackEntry {
  return { name, kind: 'height16', data, width: data.length / 2, height: 1, rate: undefined };
}

/** Signed 16-bit mono sound at `rate` samples per second. */
export function soundEntry(name: string, rate: number, data: Buffer): PackEntry {
  return { name, kind: 'pcm16', data, width: undefined, height: undefined, rate };
}

function paddingAfter(length: number): number {
  return (alignmentBytes - (length % alignmentBytes)) % alignmentBytes;
}
