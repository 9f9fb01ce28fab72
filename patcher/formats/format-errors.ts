import { defineErrors } from '../errors.ts';

const FETCH_AGAIN = 'Fetch it again; if that does not help, report the build to its publisher.';

/** What is wrong with bytes that claim to be a manifest, a pack or one of their parts. */
export const formatErrors = defineErrors({
  FORMAT_MANIFEST_NOT_A_MANIFEST: {
    family: 'format',
    sentence: 'The file is not a manifest.',
    next: FETCH_AGAIN,
  },
  FORMAT_MANIFEST_VERSION_UNSUPPORTED: {
    family: 'format',
    sentence: 'The manifest is of version {version}; this program reads versions up to {versionMax}.',
    next: 'Update the program.',
  },
  FORMAT_MANIFEST_TOO_LARGE: {
    family: 'limit',
    sentence: 'The manifest states {actual} {what}; at most {max} are read.',
    next: FETCH_AGAIN,
  },
  FORMAT_MANIFEST_COMPRESSION: {
    family: 'format',
    sentence: 'The manifest cannot be decompressed: {reason}.',
    next: FETCH_AGAIN,
  },
  FORMAT_MANIFEST_MALFORMED: {
    family: 'format',
    sentence: 'The manifest is malformed: {reason}.',
    next: FETCH_AGAIN,
  },
  FORMAT_MANIFEST_INVALID: {
    family: 'format',
    sentence: 'The manifest contradicts itself: {reason}.',
    next: 'Nothing was installed from it. Report the build to its publisher.',
  },
  FORMAT_COLUMN_MALFORMED: {
    family: 'format',
    sentence: 'The column {column} is malformed: {reason}.',
    next: FETCH_AGAIN,
  },
  FORMAT_PACK_INDEX_MALFORMED: {
    family: 'format',
    sentence: 'The pack index is malformed: {reason}.',
    next: 'Push the build again.',
  },
  PACK_CHUNK_FRAME_CORRUPT: {
    family: 'integrity',
    sentence: 'A chunk cannot be decompressed: {reason}.',
    next: FETCH_AGAIN,
  },
  PACK_CHUNK_SIZE_MISMATCH: {
    family: 'integrity',
    sentence: 'A chunk should hold {expected} bytes and holds {actual}.',
    next: FETCH_AGAIN,
  },
  PACK_CHUNK_HASH_MISMATCH: {
    family: 'integrity',
    sentence: 'A chunk does not have the hash it is known by.',
    next: FETCH_AGAIN,
  },
  PACK_HASH_MISMATCH: {
    family: 'integrity',
    sentence: 'A pack does not have the hash it is named by.',
    next: 'Upload it again.',
  },
  PACK_LAYOUT_INVALID: {
    family: 'integrity',
    sentence: 'A pack is not what its index says: {reason}.',
    next: 'Upload it again.',
  },
});
