/** What a file is made of, as far as it matters for how well it is patched. */
export const FILE_CLASSES = ['executable', 'image', 'audio', 'text', 'archive', 'other'] as const;
export type FileClass = (typeof FILE_CLASSES)[number];

/** First bytes that are looked at. */
export const MAGIC_BYTES = 16;

/** Extensions are asked first: they are right where it matters and cost no reading. */
const EXTENSIONS: Readonly<Record<Exclude<FileClass, 'other'>, string>> = {
  executable: 'exe dll so dylib elf bin node wasm sys ocx pyd a o obj lib',
  image:
    'png jpg jpeg gif webp bmp tga dds ktx ktx2 pvr psd tif tiff ico icns svg svgz avif qoi exr hdr pcx grf',
  audio: 'ogg oga opus mp3 wav flac aac m4a mid midi mod xm s3m it bank wem bnk fsb mka',
  text: 'txt md json xml yaml yml ini cfg conf toml csv tsv html htm css js mjs ts lua py sh bat glsl hlsl vert frag po lng lang nut nfo log',
  archive:
    'zip jar apk pk3 pk4 pak wad vpk gz tgz bz2 xz zst 7z rar tar obb asar bsa ba2 bundle assets unity3d ucas utoc cab deb rpm',
};

const CLASS_OF = new Map(
  Object.entries(EXTENSIONS).flatMap(([name, list]) =>
    list.split(' ').map((extension) => [extension, name as FileClass] as const),
  ),
);

/** Beginnings of files, as bytes in hexadecimal. */
const MAGICS: readonly (readonly [start: string, FileClass])[] = [
  ['7f454c46', 'executable'],
  ['4d5a', 'executable'],
  ['feedfac', 'executable'],
  ['cffaedfe', 'executable'],
  ['cefaedfe', 'executable'],
  ['cafebabe', 'executable'],
  ['0061736d', 'executable'],
  ['89504e47', 'image'],
  ['ffd8ff', 'image'],
  ['47494638', 'image'],
  ['44445320', 'image'],
  ['4f676753', 'audio'],
  ['494433', 'audio'],
  ['664c6143', 'audio'],
  ['52494646', 'audio'],
  ['504b0304', 'archive'],
  ['1f8b', 'archive'],
  ['28b52ffd', 'archive'],
  ['fd377a585a', 'archive'],
  ['49574144', 'archive'],
  ['50574144', 'archive'],
  ['5041434b', 'archive'],
];

/**
 * @param readStart Gives the file's first {@link MAGIC_BYTES} bytes, or all it has; asked only when the name says nothing.
 */
export function classifyFile(path: string, readStart: () => Uint8Array): FileClass {
  return CLASS_OF.get(extensionOf(path)) ?? classOfStart(readStart());
}

/**
 * {@link classifyFile} for all files of a tree: of those whose names end alike and say nothing, the first that is not empty
 * speaks for all. Game data comes in hundreds of files of a kind, and opening one takes longer than all else here.
 */
export class FileClassifier {
  readonly #learned = new Map<string, FileClass>();

  classify(path: string, readStart: () => Uint8Array): FileClass {
    const extension = extensionOf(path);
    const known = CLASS_OF.get(extension) ?? this.#learned.get(extension);
    if (known !== undefined) return known;
    const start = readStart();
    const found = classOfStart(start);
    if (extension !== '' && start.length > 0) this.#learned.set(extension, found);
    return found;
  }
}

/** @returns `''` where there is none. */
function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  // Libraries are numbered behind their extension: libogg.so.0.8.5
  return /\.so(\.\d+)+$/.test(name) ? 'so' : (/\.([^.]+)$/.exec(name)?.[1] ?? '');
}

function classOfStart(start: Uint8Array): FileClass {
  const magic = Buffer.from(start).toString('hex');
  const found = MAGICS.find(([beginning]) => magic.startsWith(beginning));
  if (found !== undefined) return found[1];
  return isText(start) ? 'text' : 'other';
}

/** All but tab, line feed and carriage return. */
const CONTROL_CHARACTER = /[^\t\n\r\P{Cc}]/u;

/** Whether bytes begin a text in UTF-8; the last character may be cut. */
function isText(start: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return start.length > 0 && !CONTROL_CHARACTER.test(text);
  } catch {
    // No UTF-8.
    return false;
  }
}
