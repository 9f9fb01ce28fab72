import { connectionFault } from '../../patcher/download/connection/connection-fault.ts';
import { ServerTime } from '../../patcher/download/connection/server-time.ts';
import type { AppError, ErrorFamily } from '../../patcher/errors.ts';
import type { CauseName } from './causes.ts';

/** The codes players meet, by cause. `failure-doctor.test.ts` says which codes of docs/errors.md are missing here. */
const CODES: Readonly<Partial<Record<CauseName, string>>> = {
  'disk-full': 'INSTALL_DISK_FULL PATCH_NO_SPACE',
  'read-only': 'INSTALL_READ_ONLY INSTALL_NOT_REPAIRABLE',
  'no-permission': 'INSTALL_NO_PERMISSION PROFILE_NOT_WRITABLE TRUST_STATE_NOT_WRITABLE',
  'unusable-folder':
    'INSTALL_PATH_UNSAFE INSTALL_PATH_OCCUPIED INSTALL_FOLDER_IN_USE INSTALL_TARGET_INSIDE INSTALL_TARGET_NOT_EMPTY ' +
    'INSTALL_TARGET_REFUSED SETTING_FOLDER_UNUSABLE',
  'file-in-use': 'INSTALL_FILE_BUSY INSTALL_FILE_UNMOVABLE INSTALL_TREE_CHANGING',
  'failing-disk': 'INSTALL_DISK_FAILING',
  storage:
    'INSTALL_STORAGE_FAILED PATCH_READ_FAILED PATCH_NOT_A_FILE PATCH_WRITE_FAILED PLAY_START_FAILED INSTALL_CONTENT_MISMATCH',
  'too-little-memory': 'INSTALL_TOO_MANY_FILES THREAD_FAILED PATCH_BUDGET_TOO_SMALL PATCH_HEADER_TOO_LARGE',
  'damaged-files': 'PLAY_FILE_CHANGED PLAY_FILE_MISSING PLAY_PROOF_WRONG PATCH_OLD_MISMATCH',
  'damaged-records': 'INSTALL_STATE_DAMAGED',
  offline: 'DOWNLOAD_OFFLINE',
  'server-unreachable': 'DOWNLOAD_NETWORK_FAILED DOWNLOAD_STALLED SERVICE_UNREACHABLE TRUST_UNREACHABLE',
  'server-busy':
    'DOWNLOAD_SERVER_BUSY SERVICE_BUSY RATE_LIMITED DATABASE_UNAVAILABLE STORAGE_UNAVAILABLE LAUNCHER_REQUEST_TOO_OFTEN',
  'captive-portal': 'DOWNLOAD_CAPTIVE_PORTAL SERVICE_INTERCEPTED',
  'inspecting-proxy':
    'DOWNLOAD_CONNECTION_INSPECTED DOWNLOAD_PROXY_SIGN_IN DOWNLOAD_CERTIFICATE_REFUSED DOWNLOAD_RANGE_INVALID ' +
    'DOWNLOAD_CORRUPT SERVICE_ANSWER_INVALID',
  'blocked-by-network': 'DOWNLOAD_BLOCKED_BY_NETWORK',
  'blocked-region': 'DOWNLOAD_REGION_BLOCKED',
  'wrong-clock': 'DOWNLOAD_CLOCK_WRONG',
  'no-right': 'DOWNLOAD_REFUSED ROLE_REQUIRED',
  'signed-out':
    'SESSION_SIGNED_OUT SESSION_EXPIRED SIGN_IN_REQUIRED REFRESH_TOKEN_INVALID REFRESH_TOKEN_REUSED',
  'broken-build':
    'DOWNLOAD_OBJECT_MISSING DOWNLOAD_TOO_LARGE DOWNLOAD_PATH_REFUSED FORMAT_COLUMN_MALFORMED FORMAT_EXPANSION_INVALID ' +
    'FORMAT_MANIFEST_COMPRESSION FORMAT_MANIFEST_INVALID FORMAT_MANIFEST_MALFORMED FORMAT_MANIFEST_NOT_A_MANIFEST ' +
    'FORMAT_MANIFEST_TOO_LARGE PACK_CHUNK_FRAME_CORRUPT PACK_CHUNK_HASH_MISMATCH PACK_CHUNK_SIZE_MISMATCH ' +
    'PACK_HASH_MISMATCH PATH_LEAVES_ROOT PATCH_FORMAT_INVALID PATCH_SEGMENT_DAMAGED PATCH_RESULT_MISMATCH ' +
    'ADDRESS_MAP_INVALID PLAY_NO_TARGET',
  untrusted:
    'TRUST_ROLLBACK TRUST_EXPIRED TRUST_MIXED TRUST_FAST_FORWARD TRUST_TOO_LARGE TRUST_WRONG_SCOPE ' +
    'TRUST_SIGNATURES_MISSING TRUST_SIGNATURE_WRONG TRUST_KEY_UNKNOWN TRUST_DOCUMENT_INVALID TRUST_DOCUMENT_MISSING ' +
    'TRUST_GAME_UNKNOWN TRUST_CHANNEL_UNSIGNED TRUST_SERVICE_DISAGREES TRUST_ROOT_MISSING TRUST_ROOT_UNUSABLE',
  'newer-launcher':
    'FORMAT_MANIFEST_VERSION_UNSUPPORTED PATCH_VERSION_UNSUPPORTED ADDRESS_MAP_VERSION_UNSUPPORTED ' +
    'LAUNCHER_REQUEST_UNKNOWN ROUTE_UNKNOWN',
  'busy-install': 'INSTALL_LOCKED INSTALL_BUSY INSTALL_JOB_PENDING',
  'second-launcher': 'PROFILE_IN_USE',
  'game-running': 'INSTALL_GAME_RUNNING PLAY_ALREADY_RUNNING PLAY_WINDOW_BLOCKED',
  'not-offered':
    'NOT_FOUND ACCOUNT_UNKNOWN LIBRARY_GAME_UNKNOWN LIBRARY_NO_DEPOT LIBRARY_CHANNEL_UNKNOWN QUEST_UNKNOWN',
  'build-withdrawn': 'TRUST_BUILD_UNSIGNED',
  'install-away': 'INSTALL_ABSENT INSTALL_MOVED_AWAY',
  'out-of-date':
    'INSTALL_NOT_INSTALLED INSTALL_ALREADY_INSTALLED INSTALL_NOT_QUEUED INSTALL_MOVED PLAY_NOT_RUNNING UPDATE_NOT_READY',
  'not-yet':
    'INSTALL_NO_PREVIOUS INSTALL_NOTHING_TO_PRELOAD QUEST_NOT_COMPLETED LEDGER_BALANCE_TOO_LOW UPDATE_UNSUPPORTED',
  'no-folder-window': 'LAUNCHER_FOLDER_WINDOW_FAILED',
  'wrong-credentials': 'CREDENTIALS_WRONG',
  'wrong-input':
    'REGISTRATION_REFUSED NAME_TAKEN INPUT_INVALID LAUNCHER_REQUEST_INVALID ' +
    'LAUNCHER_REQUEST_TOO_LARGE LAUNCHER_REQUEST_REFUSED LINK_INVALID BODY_TOO_LARGE MEDIA_TYPE_UNSUPPORTED ' +
    'PLAYER_CREDENTIALS_MISSING PLAYER_USAGE PLAYER_SECONDS_INVALID PLAYER_SETTING_INVALID',
  stopped: 'INSTALL_PAUSED INSTALL_CANCELLED PATCHER_CLOSED PLAYER_CANCELLED',
  'unfit-runtime': 'CRYPTO_UNFIT',
  'own-fault': 'LAUNCHER_FAULT LAUNCHER_RENDERER_MISSING PATCHER_DIED PATCHER_FAILED',
  'launcher-update':
    'UPDATE_RECORD_MISSING UPDATE_RECORD_UNTRUSTED UPDATE_RECORD_INVALID UPDATE_DOWNGRADE ' +
    'UPDATE_FILE_MISMATCH UPDATE_FEED_UNREACHABLE',
  'service-fault':
    'SERVICE_FAULT IDEMPOTENCY_KEY_MISSING IDEMPOTENCY_KEY_REUSED PLAY_NONCE_WRONG PLAY_SESSION_ENDED',
};

/** Modules only publishers and operators run; a player's launcher never shows their codes. */
const MODULES: readonly (readonly [RegExp, CauseName])[] = [
  [
    /^(?:POSTGRES|KEY|SIGNER|SIGNING|CDN|ACCESS_LOG|PRICE|STORAGE|SERVICE_(?:ALREADY|CONFIG|KEYS|PORT))_/,
    'operator',
  ],
  [
    /^(?:PATH|LINK|SCAN|PUSH|PACK|FORMAT_PACK|CLI|PREVIEW|CHUNK_QUERY|PATCH|QUEST_EXISTS|PICTURE|LAST_OWNER)/,
    'publisher',
  ],
];

/** What a code of a newer service most likely is. */
const OF_FAMILY: Readonly<Record<ErrorFamily, CauseName>> = {
  input: 'wrong-input',
  network: 'server-unreachable',
  storage: 'storage',
  integrity: 'damaged-files',
  format: 'broken-build',
  auth: 'signed-out',
  'not-found': 'not-offered',
  conflict: 'busy-install',
  limit: 'server-busy',
  unavailable: 'service-fault',
  cancelled: 'stopped',
};

const causeOfCode: ReadonlyMap<string, CauseName> = new Map(
  Object.entries(CODES).flatMap(([cause, codes]) =>
    codes.split(' ').map((code): [string, CauseName] => [code, cause as CauseName]),
  ),
);

/** What a code means; undefined for one this launcher does not know. */
export function findCause(code: string): CauseName | undefined {
  return causeOfCode.get(code) ?? MODULES.find(([pattern]) => pattern.test(code))?.[1];
}

/** Storage errors that keep the system's own code say more than their own. */
const OF_ERRNO: Readonly<Record<string, CauseName>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EROFS: 'read-only',
  EACCES: 'no-permission',
  EPERM: 'no-permission',
  EBUSY: 'file-in-use',
  ETXTBSY: 'file-in-use',
  EIO: 'failing-disk',
  EUCLEAN: 'failing-disk',
  ENOMEM: 'too-little-memory',
  EMFILE: 'too-little-memory',
  ENFILE: 'too-little-memory',
  ENAMETOOLONG: 'unusable-folder',
  ENODEV: 'unusable-folder',
  ENXIO: 'unusable-folder',
  ENOTDIR: 'unusable-folder',
};

/** Codes of connections that failed, whose cause tells whether the network, the clock or a proxy is to blame. */
const UNREACHED = new Set(['SERVICE_UNREACHABLE', 'TRUST_UNREACHABLE', 'UPDATE_FEED_UNREACHABLE']);

/** Why an error happened. */
export function causeOf({ code, family, details, cause }: AppError): CauseName {
  const errno = family === 'storage' ? OF_ERRNO[String(details['errno'] ?? '')] : undefined;
  const refined = UNREACHED.has(code) && cause instanceof Error ? causeOfConnection(cause) : undefined;
  return errno ?? refined ?? findCause(code) ?? OF_FAMILY[family];
}

function causeOfConnection(cause: Error): CauseName | undefined {
  const { error } = connectionFault(cause, new ServerTime(Date.now));
  return findCause(error.code);
}
