import { serviceErrors } from '../errors.ts';

const SIGNATURES = [
  { type: 'image/png', at: 0, bytes: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) },
  { type: 'image/jpeg', at: 0, bytes: Buffer.from([0xff, 0xd8, 0xff]) },
  { type: 'image/webp', at: 8, bytes: Buffer.from('WEBPVP8') },
] as const;

/** An optional byte order mark, declaration, comments and document type, then the root element. */
const SVG_START =
  /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*(?:<!DOCTYPE svg[^[>]*>\s*)?<svg[\s>]/;
const SVG_LOOK_BYTES = 4096;

/**
 * A picture's media type, from its bytes alone: what the uploader claims is not asked.
 * @throws {AppError} `PICTURE_UNSUPPORTED`
 */
export function sniffPictureType(bytes: Buffer): string {
  for (const { type, at, bytes: signature } of SIGNATURES) {
    if (bytes.subarray(at, at + signature.length).equals(signature)) return type;
  }
  if (SVG_START.test(bytes.subarray(0, SVG_LOOK_BYTES).toString('utf8'))) return 'image/svg+xml';
  throw serviceErrors.error('PICTURE_UNSUPPORTED');
}
