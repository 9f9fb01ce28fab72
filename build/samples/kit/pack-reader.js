/**
 * Load a pack file (`GPAK`: index first, then entries on 16-byte boundaries).
 * @param onProgress Called with 0 to 1 while the bytes arrive.
 */
export async function loadPack(url, onProgress = () => {}) {
  const bytes = await download(url, onProgress);
  const view = new DataView(bytes);
  if (view.getUint32(0, false) !== 0x4750414b || view.getUint32(4, true) !== 1) {
    throw new Error(`${url} is not a pack file this game can read`);
  }
  const indexBytes = view.getUint32(8, true);
  const index = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 12, indexBytes)));
  const start = Math.ceil((12 + indexBytes) / 16) * 16;
  const entries = new Map(index.map((entry) => [entry.name, entry]));

  function find(name) {
    const entry = entries.get(name);
    if (!entry) throw new Error(`${url} has no entry ${name}`);
    return { ...entry, at: start + entry.offset };
  }

  return {
    /** Heights from 0 to 1. */
    heights(name) {
      const { at, length } = find(name);
      return Float32Array.from(new Uint16Array(bytes, at, length / 2), (height) => height / 32767);
    },
    /** A canvas with an RGBA texture. */
    picture(name) {
      const { at, length, width, height } = find(name);
      return toCanvas(new Uint8ClampedArray(bytes, at, length), width, height);
    },
    /** A canvas with a coverage texture in one colour. */
    mask(name, [red, green, blue]) {
      const { at, length, width, height } = find(name);
      const coverage = new Uint8Array(bytes, at, length);
      const pixels = new Uint8ClampedArray(length * 4);
      for (let index = 0; index < length; index += 1) {
        pixels[index * 4] = red;
        pixels[index * 4 + 1] = green;
        pixels[index * 4 + 2] = blue;
        pixels[index * 4 + 3] = coverage[index];
      }
      return toCanvas(pixels, width, height);
    },
    /** Samples from -1 to 1 and their rate. */
    sound(name) {
      const { at, length, rate } = find(name);
      return { rate, samples: Float32Array.from(new Int16Array(bytes, at, length / 2), (s) => s / 32768) };
    },
  };
}

async function download(url, onProgress) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} could not be read (${answer.status})`);
  const total = Number(answer.headers.get('content-length')) || 0;
  if (!answer.body || !total) return answer.arrayBuffer();
  const parts = [];
  let received = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    received += value.length;
    onProgress(Math.min(1, received / total));
  }
  return new Blob(parts).arrayBuffer();
}

function toCanvas(pixels, width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d').putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}
