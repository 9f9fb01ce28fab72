import { crc32 } from 'node:zlib';
import { deflate, deflateRaw } from 'pako';

export interface ZipSample {
  readonly name: string;
  readonly content: Uint8Array;
  /** Packed by deflate, if this says so. */
  readonly level?: number;
}

export interface ZipOptions {
  /** Bytes before the zip, as in an archive that extracts itself. */
  readonly prefix?: Uint8Array;
  readonly withDirectory?: boolean;
}

const LOCAL_HEADER_BYTES = 30;
const CENTRAL_HEADER_BYTES = 46;
const END_RECORD_BYTES = 22;

/** A zip of these members. */
export function buildZip(members: readonly ZipSample[], options: ZipOptions = {}): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, level } of members) {
    const packed = level === undefined ? content : deflateRaw(content, { level });
    const facts = Buffer.alloc(22);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(level === undefined ? 0 : 8, 4);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(content.length, 18);
    const local = Buffer.alloc(LOCAL_HEADER_BYTES);
    local.write('PK\x03\x04', 0, 'latin1');
    facts.copy(local, 4);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(CENTRAL_HEADER_BYTES);
    central.write('PK\x01\x02', 0, 'latin1');
    facts.copy(central, 6);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), Buffer.from(packed));
    directory.push(central, Buffer.from(name));
    offset += LOCAL_HEADER_BYTES + name.length + packed.length;
  }
  const end = Buffer.alloc(END_RECORD_BYTES);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  const tail = options.withDirectory === false ? [] : [...directory, end];
  return Buffer.concat([options.prefix ?? new Uint8Array(), ...locals, ...tail]);
}

/** A PNG of 8-bit grey pixels, its image cut into chunks of this size. */
export function buildPng(rows: readonly Uint8Array[], chunkBytes: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(rows[0]?.length ?? 0, 0);
  header.writeUInt32BE(rows.length, 4);
  header.writeUInt8(8, 8);
  const packed = deflate(Buffer.concat(rows.flatMap((row) => [Uint8Array.of(0), row])), { level: 9 });
  const images: Buffer[] = [];
  for (let at = 0; at < packed.length; at += chunkBytes) {
    images.push(pngChunk('IDAT', packed.subarray(at, at + chunkBytes)));
  }
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, pngChunk('IHDR', header), ...images, pngChunk('IEND', new Uint8Array())]);
}

function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(8 + body.length);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), 4 + body.length);
  return chunk;
}

/** A gzip file of one member with a name in its header. */
export function buildGzip(content: Uint8Array, name: string): Uint8Array {
  const header = Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255]);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, Buffer.from(`${name}\0`), deflateRaw(content, { level: 9 }), trailer]);
}
